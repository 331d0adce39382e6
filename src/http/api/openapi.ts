import type * as v from 'valibot';
import { type Access, CSRF_HEADER, failure, type Route, routes, serverEvent } from '../../api/index.ts';

type Json = Readonly<Record<string, unknown>>;

/** Loaded when the description is first asked for, with the package that writes it. */
export type ToJsonSchema = (schema: v.GenericSchema, side: 'input' | 'output') => Json;

/** A valibot schema as JSON Schema 2020-12, which OpenAPI 3.1 uses. */
export async function loadToJsonSchema(): Promise<ToJsonSchema> {
  const { toJsonSchema } = await import('@valibot/to-json-schema');
  return (schema, side) => {
    const { $schema: _, ...bare } = toJsonSchema(schema, {
      target: 'draft-2020-12',
      typeMode: side,
      // What JSON Schema cannot say (trimming, turning digits into a number) does not change the shape.
      errorMode: 'ignore',
    });
    return bare;
  };
}

/** The native API for programs that are not ours: OpenAPI 3.1.1, made from the table that answers it. */
export function openApiDocument(toJsonSchema: ToJsonSchema): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [name, route] of Object.entries<Route>(routes)) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[route.method.toLowerCase()] = operation(name, route, toJsonSchema);
  }
  paths['/covers/{id}'] = { get: coverOperation };
  paths['/events'] = { get: eventsOperation };
  return {
    openapi: '3.1.1',
    info: {
      title: 'Clef',
      version: '1',
      description: 'The native API of Clef. Changes are additive: what is here stays.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    // Relative to this document, wherever the server lives.
    servers: [{ url: '../v1' }],
    paths,
    components: {
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'clef_session' },
        key: { type: 'http', scheme: 'bearer', description: 'An API key (`clef api-key create`).' },
      },
      parameters: { [CSRF_HEADER]: csrfHeader },
      responses: {
        problem: {
          description: 'What went wrong (RFC 9457); `code` is one of docs/errors.md.',
          content: { 'application/problem+json': { schema: toJsonSchema(failure, 'output') } },
        },
      },
      schemas: { ServerEvent: toJsonSchema(serverEvent, 'output') },
    },
  };
}

function operation(name: string, route: Route, toJsonSchema: ToJsonSchema): Json {
  const { method, access, summary, params, query, body, answer } = route;
  const parameters = [
    ...(params ? parametersOf(toJsonSchema(params, 'input'), 'path') : []),
    ...(query ? parametersOf(toJsonSchema(query, 'input'), 'query') : []),
    ...(method === 'GET' ? [] : [{ $ref: `#/components/parameters/${CSRF_HEADER}` }]),
  ];
  return {
    operationId: name,
    summary,
    ...(access === 'admin' && { description: 'For administrators.' }),
    security: securityOf[access],
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: json(toJsonSchema(body, 'input')) } }),
    responses: {
      ...(answer
        ? { 200: { description: 'Done.', content: json(toJsonSchema(answer, 'output')) } }
        : { 204: { description: 'Done.' } }),
      default: { $ref: '#/components/responses/problem' },
    },
  };
}

const securityOf: Readonly<Record<Access, readonly Json[]>> = {
  public: [],
  session: [{ session: [] }],
  program: [{ session: [] }, { key: [] }],
  admin: [{ session: [] }],
};

function json(schema: Json): Json {
  return { 'application/json': { schema } };
}

/** Of an object's schema, a parameter for each property. */
function parametersOf(schema: Json, place: 'path' | 'query'): readonly Json[] {
  const { properties = {}, required = [] } = schema as {
    readonly properties?: Readonly<Record<string, Json>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}

const csrfHeader = {
  name: CSRF_HEADER,
  in: 'header',
  required: true,
  description: 'Any value: says that a page of this server asks for the change.',
  schema: { type: 'string' },
} as const;

const assetId = {
  name: 'id',
  in: 'path',
  required: true,
  schema: { type: 'string', pattern: '^[0-9a-f]{32}$' },
} as const;

const coverOperation = {
  operationId: 'cover',
  summary: "The picture that an item's `coverId` names, fitted into a square of that many pixels.",
  security: [{ session: [] }],
  parameters: [
    assetId,
    {
      name: 'size',
      in: 'query',
      required: false,
      schema: { type: 'string', pattern: String.raw`^\d{2,4}$` },
    },
  ],
  responses: {
    200: { description: 'The picture.', content: { 'image/*': {} } },
    304: { description: 'The picture is as it was.' },
    default: { $ref: '#/components/responses/problem' },
  },
} as const;

const eventsOperation = {
  operationId: 'events',
  summary: 'What happens, as server-sent events; `data` of each is one ServerEvent as JSON.',
  security: [{ session: [] }],
  responses: {
    200: { description: 'A stream that ends with its session.', content: { 'text/event-stream': {} } },
    default: { $ref: '#/components/responses/problem' },
  },
} as const;

/**
 * The parts of the OpenAPI 3.1 description (https://spec.openapis.org/oas/v3.1.1.html) that Clef writes, as a JSON
 * Schema; nothing else is let through.
 */
const reference = {
  type: 'object',
  properties: { $ref: { type: 'string', pattern: '^#/components/' } },
  required: ['$ref'],
  additionalProperties: false,
};

const content = {
  type: 'object',
  additionalProperties: {
    type: 'object',
    properties: { schema: { type: 'object' } },
    additionalProperties: false,
  },
};

const parameter = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 1 },
    in: { enum: ['path', 'query', 'header', 'cookie'] },
    required: { type: 'boolean' },
    description: { type: 'string' },
    schema: { type: 'object' },
  },
  required: ['name', 'in', 'schema'],
  additionalProperties: false,
  // Section 4.8.12.1: a path parameter is required.
  anyOf: [
    { type: 'object', properties: { in: { enum: ['query', 'header', 'cookie'] } } },
    {
      type: 'object',
      properties: { in: { const: 'path' }, required: { const: true } },
      required: ['required'],
    },
  ],
};

const response = {
  type: 'object',
  properties: { description: { type: 'string', minLength: 1 }, content },
  required: ['description'],
  additionalProperties: false,
};

const operation = {
  type: 'object',
  properties: {
    operationId: { type: 'string', pattern: '^\\w+$' },
    summary: { type: 'string', minLength: 1 },
    description: { type: 'string', minLength: 1 },
    security: { type: 'array', items: { type: 'object', additionalProperties: { type: 'array' } } },
    parameters: { type: 'array', items: { oneOf: [reference, parameter] } },
    requestBody: {
      type: 'object',
      properties: { required: { type: 'boolean' }, content },
      required: ['content'],
      additionalProperties: false,
    },
    responses: {
      type: 'object',
      minProperties: 1,
      patternProperties: { '^([1-5]\\d\\d|default)$': { oneOf: [reference, response] } },
      additionalProperties: false,
    },
  },
  required: ['operationId', 'summary', 'security', 'responses'],
  additionalProperties: false,
};

export const openApiShape = {
  type: 'object',
  properties: {
    openapi: { type: 'string', pattern: '^3\\.1\\.\\d+$' },
    info: {
      type: 'object',
      properties: {
        title: { type: 'string' },
        version: { type: 'string' },
        description: { type: 'string' },
        license: { type: 'object' },
      },
      required: ['title', 'version'],
      additionalProperties: false,
    },
    servers: {
      type: 'array',
      items: { type: 'object', required: ['url'], properties: { url: { type: 'string' } } },
    },
    paths: {
      type: 'object',
      patternProperties: {
        '^/': {
          type: 'object',
          patternProperties: { '^(get|put|post|delete|patch)$': operation },
          additionalProperties: false,
        },
      },
      additionalProperties: false,
    },
    components: {
      type: 'object',
      properties: {
        schemas: { type: 'object', additionalProperties: { type: 'object' } },
        responses: { type: 'object', additionalProperties: response },
        parameters: { type: 'object', additionalProperties: parameter },
        securitySchemes: {
          type: 'object',
          additionalProperties: {
            oneOf: [
              {
                type: 'object',
                properties: {
                  type: { const: 'apiKey' },
                  in: { enum: ['query', 'header', 'cookie'] },
                  name: { type: 'string' },
                },
                required: ['type', 'in', 'name'],
                additionalProperties: false,
              },
              {
                type: 'object',
                properties: {
                  type: { const: 'http' },
                  scheme: { type: 'string' },
                  description: { type: 'string' },
                },
                required: ['type', 'scheme'],
                additionalProperties: false,
              },
            ],
          },
        },
      },
      additionalProperties: false,
    },
  },
  required: ['openapi', 'info', 'paths'],
  additionalProperties: false,
} as const;

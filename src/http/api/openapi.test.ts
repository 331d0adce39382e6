import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { breakingChanges } from '../../../scripts/openapi/breaking-changes.ts';
import { startGoldenServer } from '../../../test/support/golden-server.ts';
import { openApiShape } from '../../../test/support/openapi-shape.ts';
import { type Route, routes } from '../../api/index.ts';
import { loadToJsonSchema, openApiDocument } from './openapi.ts';

const GOLDEN = join(import.meta.dirname, '../../../test/fixtures/api-v1/openapi.json');

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly schema?: object }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object }> };
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema?: object }> }>;
}
interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
}

describe('the description of the native API', () => {
  let document: Document;
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  beforeAll(async () => {
    document = JSON.parse(JSON.stringify(openApiDocument(await loadToJsonSchema()))) as Document;
  });

  const operations = () => Object.values(document.paths).flatMap((methods) => Object.values(methods));
  const copyOf = () => structuredClone(document) as { paths: Record<string, Record<string, never>> };

  it('is what the server answers, to everybody', async () => {
    await using server = await startGoldenServer();
    const response = await fetch(`${server.baseUrl}/api/v1/openapi.json`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(document);
  });

  it('has the shape of OpenAPI 3.1', () => {
    const validate = ajv.compile(openApiShape);
    validate(document);
    expect(validate.errors).toBeNull();
    expect(validate({ ...document, openapi: '2.0' })).toBe(false);
  });

  it('describes every route of the table once', () => {
    const named = operations().map(({ operationId }) => operationId);
    expect(new Set(named).size).toBe(named.length);
    expect(named).toEqual(expect.arrayContaining(Object.keys(routes)));
    for (const [name, { method, path }] of Object.entries<Route>(routes)) {
      const there = document.paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
      expect(there?.operationId).toBe(name);
    }
  });

  it('has schemas that a validator takes', () => {
    let count = 0;
    for (const { parameters = [], requestBody, responses } of operations()) {
      const bodies = [requestBody, ...Object.values(responses)].flatMap((one) =>
        Object.values(one?.content ?? {}),
      );
      for (const { schema } of [...parameters, ...bodies]) {
        if (!schema) continue;
        ajv.compile(schema);
        count++;
      }
    }
    expect(count).toBeGreaterThan(60);
  });

  it('is the one that is kept: `node scripts/write-openapi.ts` writes what was added', async () => {
    expect(document).toEqual(JSON.parse(await readFile(GOLDEN, 'utf8')));
  });

  it('may grow, and not change under those who use it', () => {
    expect(breakingChanges(document, document)).toEqual([]);
    const grown = copyOf();
    grown.paths['/new'] = {};
    const { counts, search } = { counts: '/counts', search: '/search' };
    const withAnswer = schemaOf(grown, counts);
    Object.assign(withAnswer.properties, { genres: { type: 'number' } });
    withAnswer.required.push('genres');
    expect(breakingChanges(document, grown)).toEqual([]);

    const withoutPath = copyOf();
    delete withoutPath.paths[search];
    expect(breakingChanges(document, withoutPath)).toEqual(['/paths//search is gone']);

    const less = copyOf();
    schemaOf(less, counts).required.pop();
    delete schemaOf(less, counts).properties['artists'];
    expect(breakingChanges(document, less)).toHaveLength(2);

    const demanding = copyOf();
    parametersOf(demanding, search).push({ name: 'x', in: 'query', required: true, schema: {} });
    expect(breakingChanges(document, demanding)).toEqual(['/paths//search/get/parameters demands query x']);

    const renamed = copyOf();
    schemaOf(renamed, counts).properties['tracks'] = { type: 'string' };
    expect(breakingChanges(document, renamed)).toEqual([
      expect.stringContaining('was "number" and is "string"'),
    ]);
  });
});

function schemaOf(document: object, path: string) {
  const { paths } = document as Document;
  const content = paths[path]?.['get']?.responses['200']?.content;
  return content?.['application/json']?.schema as {
    properties: Record<string, object>;
    required: string[];
  };
}

function parametersOf(document: object, path: string): object[] {
  return (document as Document).paths[path]?.['get']?.parameters as object[];
}

import type { FastifyInstance } from 'fastify';
import { loadToJsonSchema, openApiDocument } from './openapi.ts';

/** `GET /openapi.json`, for everybody: it tells no more than the source does. */
export function openApiRoute(scope: FastifyInstance): void {
  let written: Promise<string> | undefined;
  scope.get('/openapi.json', async (_request, reply) => {
    written ??= loadToJsonSchema().then((toJsonSchema) => JSON.stringify(openApiDocument(toJsonSchema)));
    return reply
      .header('cache-control', 'no-cache')
      .header('content-type', 'application/json; charset=utf-8')
      .send(await written);
  });
}

import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ReadinessSource } from '../ports.ts';

/**
 * `/livez`: the process answers. `/readyz`: listeners may be sent here; 503 while a part is missing and
 * from the moment that a shutdown begins. Both say nothing that a stranger may not know.
 */
export function healthRoutes(app: FastifyInstance, readiness: ReadinessSource): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: '/livez',
    logLevel: 'warn',
    handler: (_request, reply) => send(reply, 200, { status: 'alive' }),
  });
  app.route({
    method: ['GET', 'HEAD'],
    url: '/readyz',
    logLevel: 'warn',
    handler: (_request, reply) => {
      const missing = readiness.missingParts();
      return missing.length === 0
        ? send(reply, 200, { status: 'ready' })
        : send(reply, 503, { status: 'not ready', missing });
    },
  });
}

function send(reply: FastifyReply, status: number, body: object): FastifyReply {
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .header('content-type', 'application/json; charset=utf-8')
    .send(JSON.stringify(body));
}

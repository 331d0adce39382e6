import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Route } from '../../api/index.ts';
import type { Gate } from './gate.ts';
import type { ApiCall, Handler, ViewerOf } from './handler.ts';
import { parseInput } from './parse-input.ts';

/** Puts one route of the table on a scope whose prefix ends in `/api/v1`. */
export function mountRoute<R extends Route>(
  scope: FastifyInstance,
  gate: Gate,
  route: R,
  handle: Handler<R>,
): void {
  const viewers = new WeakMap<FastifyRequest, ViewerOf<R['access']>>();
  scope.route({
    method: route.method,
    url: route.path,
    // Before the body is read: strangers make nobody parse one.
    onRequest: async (request, reply) => {
      const viewer = await gate.admit<R['access']>(request, reply, route);
      if (viewer) viewers.set(request, viewer);
    },
    handler: async (request, reply) => {
      // What the compiler cannot follow: the three inputs have the types of the route's own schemas, and
      // the gate lets nobody come to a route who may not.
      const call = {
        ...inputOf(route, request),
        viewer: viewers.get(request),
        signal: abortedWithout(reply),
        request,
        reply,
      } as unknown as ApiCall<R>;
      const answer = await handle(call);
      reply.header('cache-control', 'no-store').header('cross-origin-resource-policy', 'same-origin');
      if (route.answer === undefined) return reply.code(204).send();
      return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(answer));
    },
  });
}

function inputOf({ params, query, body }: Route, request: FastifyRequest) {
  return {
    params: params && parseInput(params, request.params, 'path'),
    query: query && parseInput(query, request.query, 'query'),
    body: body && parseInput(body, request.body ?? undefined, 'body'),
  };
}

function abortedWithout({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort();
  });
  return gone.signal;
}

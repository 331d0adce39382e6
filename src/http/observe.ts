import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type MediaReader, type MediaTicket, serveTicket } from './media/index.ts';
import type { Traffic } from './native/index.ts';
import type { ServeMedia, SubsonicApi, SubsonicRequest } from './subsonic/index.ts';

/**
 * What a log line may hold of a request: never its address as it was sent, since that of a Subsonic call
 * carries passwords, tokens and keys. A route's pattern says enough.
 */
export const logSerializers = {
  req: (request: FastifyRequest) => ({ method: request.method, route: request.routeOptions?.url ?? 'none' }),
  res: (reply: FastifyReply) => ({ status: reply.statusCode }),
};

export interface Observer {
  isSubsonic(request: FastifyRequest): boolean;
  /** What was asked for, from a small set of names. */
  routeOf(request: FastifyRequest): string;
  /** This answer is counted and logged by whoever sends it. */
  leaveOut(request: FastifyRequest): void;
}

export interface ObserveDeps {
  readonly api: SubsonicApi;
  readonly traffic: Traffic;
  readonly isDraining: () => boolean;
}

/** One log line and one count for each answer. */
export function observe(app: FastifyInstance, { api, traffic, isDraining }: ObserveDeps): Observer {
  const leftOut = new WeakSet<FastifyRequest>();
  const observer: Observer = {
    isSubsonic: (request) => request.routeOptions.url?.endsWith('/rest/:endpoint') ?? false,
    routeOf(request) {
      if (!observer.isSubsonic(request)) return request.routeOptions.url ?? 'none';
      const { endpoint } = request.params as { endpoint: string };
      return `rest/${api.knownName(endpoint) ?? 'unknown'}`;
    },
    leaveOut: (request) => void leftOut.add(request),
  };
  app.addHook('onResponse', (request, reply, done) => {
    // A connection that was busy when the server closed is closed once it is idle.
    if (isDraining()) setImmediate(() => app.server.closeIdleConnections());
    if (!leftOut.has(request)) {
      const route = observer.routeOf(request);
      const { elapsedTime, statusCode: status } = reply;
      traffic.request(route, status, elapsedTime);
      request.log.info({ route, method: request.method, status, ms: Math.round(elapsedTime) }, 'answered');
    }
    done();
  });
  return observer;
}

export interface MediaServerDeps {
  readonly api: SubsonicApi;
  readonly media: MediaReader;
  readonly traffic: Traffic;
  readonly observer: Observer;
}

/** Sends media from this process, and counts what left, also where the client went away in the middle. */
export function mediaServer({ api, media, traffic, observer }: MediaServerDeps): ServeMedia {
  return async (request: FastifyRequest, reply: FastifyReply, call: SubsonicRequest, ticket: MediaTicket) => {
    reply.hijack();
    observer.leaveOut(request);
    traffic.streamOpened();
    const fail = (error: unknown) => api.failure(call, error);
    const outcome = await serveTicket(request.raw, reply.raw, ticket, media, fail);
    traffic.streamClosed(outcome.sentBytes, outcome.kind === 'failed');
    const route = observer.routeOf(request);
    traffic.mediaRequest(route, outcome.status);
    const line = { route, method: request.method, status: outcome.status, sentBytes: outcome.sentBytes };
    if (outcome.kind === 'failed') request.log.error({ ...line, err: outcome.error }, 'sending media failed');
    else request.log.info({ ...line, complete: outcome.kind === 'complete' }, 'sent media');
  };
}

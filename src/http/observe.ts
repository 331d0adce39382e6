import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Traffic } from './native/index.ts';

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
  /** Gives an OpenSubsonic endpoint the name that it is known by. */
  readonly api: { knownName(endpoint: string): string | undefined };
  readonly traffic: Traffic;
  /** Called once each answer is done. */
  readonly afterAnswer: () => void;
}

/** One log line and one count for each answer. */
export function observe(app: FastifyInstance, { api, traffic, afterAnswer }: ObserveDeps): Observer {
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
    afterAnswer();
    if (!leftOut.has(request)) {
      const route = observer.routeOf(request);
      const { elapsedTime, statusCode: status } = reply;
      traffic.request(route, status, elapsedTime);
      request.log.info(
        { reqId: request.id, route, method: request.method, status, ms: Math.round(elapsedTime) },
        'answered',
      );
    }
    done();
  });
  return observer;
}

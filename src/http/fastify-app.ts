import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify';
import type { Logger } from 'pino';
import { ClefError } from '../core/index.ts';
import { MAX_URL_CHARACTERS, serverLimits } from './limits.ts';
import { logSerializers } from './observe.ts';
import type { SocketDoor } from './playback/index.ts';
import { idFromProxy } from './request-id.ts';
import { retryAfter } from './retry-after.ts';

/** A form that saves a queue of 20,000 tracks takes some 400 KB. */
const MAX_BODY_BYTES = 2 * 2 ** 20;

export interface FastifyOptions {
  readonly log: Logger;
  readonly now: () => number;
  /** Addresses and networks, `loopback` for this machine, whose X-Forwarded headers are believed. */
  readonly trustedProxies: readonly string[];
  readonly sockets: Pick<SocketDoor, 'wants'>;
}

/** What every server of Clef's that speaks HTTP is made of. */
export function newFastify({ log, now, trustedProxies, sockets }: FastifyOptions): FastifyInstance {
  const bootId = Math.floor(now()).toString(36);
  let requestCount = 0;
  const loggerInstance: FastifyBaseLogger = log.child({}, { serializers: logSerializers });
  return fastify({
    loggerInstance,
    // A child a request costs more than its line; whoever logs of a request names it.
    childLoggerFactory: (logger) => logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => `${bootId}-${(++requestCount).toString(36)}`,
    requestIdHeader: false,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    bodyLimit: MAX_BODY_BYTES,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    keepAliveTimeout: serverLimits.keepAliveTimeout,
    requestTimeout: serverLimits.requestTimeout,
    routerOptions: { ignoreTrailingSlash: true },
    http: { ...serverLimits, shouldUpgradeCallback: sockets.wants },
  });
}

/** Limits and headers that hold for every answer; on the raw response, since media answers bypass the reply. */
export function protect(app: FastifyInstance): void {
  app.addHook('onRequest', (request, { raw }, done) => {
    raw.setHeader('x-content-type-options', 'nosniff');
    raw.setHeader('referrer-policy', 'no-referrer');
    request.id = idFromProxy(request) ?? request.id;
    raw.setHeader('x-request-id', request.id);
    const length = request.raw.url?.length ?? 0;
    if (length <= MAX_URL_CHARACTERS) done();
    else done(addressTooLong(length));
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    reply.headers(retryAfter(reply.statusCode));
    done(null, payload);
  });
}

function addressTooLong(length: number): Error {
  const message = `the address has ${length} characters, over ${MAX_URL_CHARACTERS}; send a form by POST`;
  return Object.assign(new ClefError('bad-request', message), { statusCode: 414 });
}

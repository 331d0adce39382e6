import { randomBytes } from 'node:crypto';
import formbody from '@fastify/formbody';
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify';
import type { Logger } from 'pino';
import { type Bytes, ClefError, toBase64Url } from '../core/index.ts';
import { Players } from '../playback/players/index.ts';
import type { SessionHost } from '../playback/session/index.ts';
import { type ApiDeps, apiRoutes } from './api/index.ts';
import { handleFailures } from './failures.ts';
import { MAX_URL_CHARACTERS, serverLimits } from './limits.ts';
import type { MediaReader } from './media/index.ts';
import { createMediaCounter, type MediaCounter } from './media-counter.ts';
import type { TrackKeyFinder, WorkerDoor } from './media-worker/index.ts';
import { createMediaSender } from './media-sender.ts';
import { healthRoutes, landingAnswer, metricsRoute, Traffic } from './native/index.ts';
import { logSerializers, observe } from './observe.ts';
import {
  ciphertextRoutes,
  createPlay,
  createSealedHeads,
  createStanding,
  createTickets,
  type Playables,
  type SealedReader,
} from './play/index.ts';
import {
  createGrantStanding,
  createSessionTickets,
  createSocketDoor,
  type GatewayLimits,
  gatewayLimits,
  SessionGateway,
  type SessionTickets,
  type SocketDoor,
} from './playback/index.ts';
import { trackLengths } from './players/index.ts';
import type { MetricSource, ReadinessSource } from './ports.ts';
import { type TrustSource, trustRoutes } from './tls/index.ts';
import { createSubsonicApi, type SubsonicDeps, subsonicRoutes } from './subsonic/index.ts';
import { webRoutes } from './web/index.ts';

/** A form that saves a queue of 20,000 tracks takes some 400 KB. */
const MAX_BODY_BYTES = 2 * 2 ** 20;
const INSTANCE_ID_BYTES = 12;

export interface HttpDeps
  extends Omit<SubsonicDeps, Exclude<keyof ApiDeps, 'authenticator'>>,
    Omit<ApiDeps, 'authenticator' | 'play' | 'players' | 'gateway' | 'sessionTickets'> {
  readonly media: MediaReader;
  readonly sealed: SealedReader;
  readonly playables: Playables;
  readonly trackKey: TrackKeyFinder;
  /** What tickets are authenticated with; may have to wait for the server's keys. */
  readonly ticketKey: () => Promise<Bytes>;
  readonly playbackSessions: SessionHost;
  readonly readiness: ReadinessSource;
  readonly metricSources: readonly MetricSource[];
  readonly log: Logger;
  readonly trust: TrustSource;
}

export interface HttpSettings {
  /** CLEF_BASE_URL without a slash at its end; its path is where Clef answers. */
  readonly baseUrl?: string | undefined;
  /** Addresses and networks, `loopback` for this machine, whose X-Forwarded headers are believed. */
  readonly trustedProxies: readonly string[];
  readonly metricsToken?: string | undefined;
  /** Where the built web player lies. */
  readonly webFolder?: string | undefined;
  /** Where they are not the usual ones. */
  readonly gateway?: Partial<GatewayLimits>;
}

export interface BuiltApp {
  readonly app: FastifyInstance;
  /** For media answers, whichever process sends them. */
  readonly counter: MediaCounter;
  readonly sockets: SocketDoor;
}

/** What only the server around the app can know or do. */
export interface ServerHooks {
  readonly isDraining: () => boolean;
  readonly afterAnswer: () => void;
  readonly door: WorkerDoor;
}

export function buildApp(
  deps: HttpDeps,
  settings: HttpSettings,
  { isDraining, afterAnswer, door }: ServerHooks,
): BuiltApp {
  const { baseUrl, metricsToken, webFolder } = settings;
  const basePath = baseUrl === undefined ? '' : new URL(baseUrl).pathname.replace(/\/+$/, '');
  const traffic = new Traffic();
  const players = playersOf(deps);
  const api = createSubsonicApi({ ...deps, players });
  const readiness: ReadinessSource = {
    missingParts: () => (isDraining() ? ['shutting down'] : deps.readiness.missingParts()),
  };

  const sessionTickets = createSessionTickets({ key: deps.ticketKey, now: deps.now });
  const gateway = createGateway(deps, settings, sessionTickets);
  const sockets = createSocketDoor({ gateway, basePath, isDraining });
  const app = newFastify(deps, settings, sockets);
  app.server.on('upgrade', sockets.open);
  app.addHook('preClose', () => gateway[Symbol.asyncDispose]());
  app.removeAllContentTypeParsers();
  void app.register(formbody);
  protect(app);
  app.addHook('onClose', (_instance, done) => {
    players[Symbol.dispose]();
    done();
  });
  const observer = observe(app, { api, traffic, afterAnswer });
  const counter = createMediaCounter(traffic, deps.log);
  const sendMedia = createMediaSender({ media: deps.media, counter, observer, door });
  const standing = createStanding(deps.sessions, deps.devices);
  const tickets = createTickets({ key: deps.ticketKey, now: deps.now });
  const play = createPlay({ ...deps, standing, tickets, heads: createSealedHeads(deps.sealed) });
  handleFailures(app, api, observer);

  void app.register(
    (scope, _options, done) => {
      healthRoutes(scope, readiness);
      metricsRoute(scope, {
        traffic,
        sources: [...deps.metricSources, () => gateway.samples()],
        token: metricsToken,
      });
      trustRoutes(scope, deps.trust, basePath);
      apiRoutes(
        scope,
        { ...deps, play, players, gateway, sessionTickets },
        { baseUrl, basePath, leaveOut: (request) => observer.leaveOut(request) },
      );
      subsonicRoutes(scope, { api, sendMedia });
      ciphertextRoutes(scope, { ...deps, standing, tickets, sendMedia });
      const landing = landingAnswer({ readiness, baseUrl, basePath });
      webRoutes(scope, { folder: webFolder, basePath, landing });
      done();
    },
    { prefix: basePath },
  );
  // Probes on the machine itself do not go through the proxy that knows the sub-path.
  if (basePath !== '') healthRoutes(app, readiness);
  return { app, counter, sockets };
}

function createGateway(
  { playbackSessions, sessions, authenticator, now, log }: HttpDeps,
  { gateway }: HttpSettings,
  tickets: SessionTickets,
): SessionGateway {
  return new SessionGateway({
    host: playbackSessions,
    tickets,
    standing: createGrantStanding(sessions, authenticator),
    limits: { ...gatewayLimits, ...gateway },
    now,
    instanceId: toBase64Url(randomBytes(INSTANCE_ID_BYTES)),
    onFailure: (error) => log.error({ err: error }, 'a device could not be served'),
  });
}

function playersOf({ playbackSessions: host, catalog, now, log }: HttpDeps): Players {
  return new Players({
    host,
    durationsOf: (trackIds, userId) => trackLengths(catalog, trackIds, userId),
    timeOfDayMs: now,
    onFailure: (error) => log.error({ err: error }, 'a player that fell silent is still in its session'),
  });
}

function newFastify(
  { log, now }: HttpDeps,
  { trustedProxies }: HttpSettings,
  sockets: SocketDoor,
): FastifyInstance {
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
function protect(app: FastifyInstance): void {
  app.addHook('onRequest', (request, { raw }, done) => {
    raw.setHeader('x-content-type-options', 'nosniff');
    raw.setHeader('referrer-policy', 'no-referrer');
    raw.setHeader('x-request-id', request.id);
    const length = request.raw.url?.length ?? 0;
    if (length <= MAX_URL_CHARACTERS) done();
    else done(addressTooLong(length));
  });
}

function addressTooLong(length: number): Error {
  const message = `the address has ${length} characters, over ${MAX_URL_CHARACTERS}; send a form by POST`;
  return Object.assign(new ClefError('bad-request', message), { statusCode: 414 });
}

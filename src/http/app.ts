import { randomBytes } from 'node:crypto';
import formbody from '@fastify/formbody';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { type Bytes, toBase64Url } from '../core/index.ts';
import { Players } from '../playback/players/index.ts';
import type { Neighbours, SessionHost } from '../playback/session/index.ts';
import { type ApiDeps, apiRoutes } from './api/index.ts';
import { createPieceTickets, EdgeDoor, pieceRoute } from './edge/index.ts';
import { handleFailures } from './failures.ts';
import { newFastify, protect } from './fastify-app.ts';
import type { MediaReader } from './media/index.ts';
import { createMediaCounter, type MediaCounter } from './media-counter.ts';
import type { TrackKeyFinder, WorkerDoor } from './media-worker/index.ts';
import { createMediaSender } from './media-sender.ts';
import { healthRoutes, landingAnswer, metricsRoute, Traffic } from './native/index.ts';
import { observe } from './observe.ts';
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
  answerForSignIns,
  createGrantStanding,
  createSessionTickets,
  createSocketDoor,
  type GatewayLimits,
  gatewayLimits,
  SessionGateway,
  type SessionGatewayOptions,
  type SocketDoor,
} from './playback/index.ts';
import { trackLengths } from './players/index.ts';
import type { MetricSource, ReadinessSource } from './ports.ts';
import { type TrustSource, trustRoutes } from './tls/index.ts';
import { createSubsonicApi, type SubsonicDeps, subsonicRoutes } from './subsonic/index.ts';
import { webRoutes } from './web/index.ts';

const INSTANCE_ID_BYTES = 12;

export interface HttpDeps
  extends Omit<SubsonicDeps, Exclude<keyof ApiDeps, 'authenticator'>>,
    Omit<ApiDeps, 'authenticator' | 'play' | 'players' | 'gateway' | 'sessionTickets' | 'gatewaySockets'> {
  readonly media: MediaReader;
  readonly sealed: SealedReader;
  readonly playables: Playables;
  readonly trackKey: TrackKeyFinder;
  /** What tickets are authenticated with; may have to wait for the server's keys. */
  readonly ticketKey: () => Promise<Bytes>;
  readonly playbackSessions: SessionHost;
  /** Absent where no other gateway has these sessions. */
  readonly neighbours?: Neighbours | undefined;
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
  /** Sockets of gateways where devices are to go, in place of this server's. */
  readonly gatewaySockets?: readonly string[];
}

export interface BuiltApp {
  readonly app: FastifyInstance;
  /** For media answers, whichever process sends them. */
  readonly counter: MediaCounter;
  readonly sockets: SocketDoor;
  readonly gateway: SessionGateway;
  readonly traffic: Traffic;
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
  const { baseUrl, metricsToken, webFolder, gatewaySockets = [] } = settings;
  const basePath = baseUrl === undefined ? '' : new URL(baseUrl).pathname.replace(/\/+$/, '');
  const traffic = new Traffic();
  const players = playersOf(deps);
  const api = createSubsonicApi({ ...deps, players });
  const readiness: ReadinessSource = {
    missingParts: () => (isDraining() ? ['shutting down'] : deps.readiness.missingParts()),
  };

  const sessionTickets = createSessionTickets({ key: deps.ticketKey, now: deps.now });
  const grants = createGrantStanding(deps.sessions, deps.authenticator);
  const gateway = createGateway(deps, settings, { tickets: sessionTickets, standing: grants });
  const stopAnswering = deps.neighbours && answerForSignIns(grants, deps.neighbours);
  const sockets = createSocketDoor({ gateway, basePath, isDraining });
  const app = newFastify({ ...deps, trustedProxies: settings.trustedProxies, sockets });
  app.server.on('upgrade', sockets.open);
  app.addHook('preClose', () => gateway[Symbol.asyncDispose]());
  app.removeAllContentTypeParsers();
  void app.register(formbody);
  protect(app);
  app.addHook('onClose', (_instance, done) => {
    players[Symbol.dispose]();
    stopAnswering?.();
    done();
  });
  const observer = observe(app, { api, traffic, afterAnswer });
  const counter = createMediaCounter(traffic, deps.log);
  const pieceTickets = createPieceTickets({ key: deps.ticketKey, now: deps.now });
  const edge = new EdgeDoor(pieceTickets);
  const sendMedia = createMediaSender({ media: deps.media, counter, observer, door, edge });
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
        { ...deps, play, players, gateway, sessionTickets, gatewaySockets },
        { baseUrl, basePath, leaveOut: (request) => observer.leaveOut(request) },
      );
      subsonicRoutes(scope, { api, sendMedia });
      ciphertextRoutes(scope, { ...deps, standing, tickets, sendMedia });
      pieceRoute(scope, { pieceTickets, sendMedia });
      const landing = landingAnswer({ readiness, baseUrl, basePath });
      webRoutes(scope, { folder: webFolder, basePath, landing, sockets: gatewaySockets });
      done();
    },
    { prefix: basePath },
  );
  // Probes on the machine itself do not go through the proxy that knows the sub-path.
  if (basePath !== '') healthRoutes(app, readiness);
  return { app, counter, sockets, gateway, traffic };
}

function createGateway(
  { playbackSessions, neighbours, now, log }: HttpDeps,
  { gateway }: HttpSettings,
  admission: Pick<SessionGatewayOptions, 'tickets' | 'standing'>,
): SessionGateway {
  return new SessionGateway({
    ...admission,
    host: playbackSessions,
    neighbours,
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

import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { API_PATH } from '../api/index.ts';
import { toBase64Url } from '../core/index.ts';
import type { Neighbours, SessionHost } from '../playback/session/index.ts';
import { newFastify, protect } from './fastify-app.ts';
import { healthRoutes, metricsRoute, Traffic } from './native/index.ts';
import {
  createDistantStanding,
  createSocketDoor,
  createTicketReader,
  gatewayLimits,
  parsePublicTicketKey,
  SessionGateway,
  socketRoute,
} from './playback/index.ts';
import type { ListenAddress } from './server.ts';

const INSTANCE_ID_BYTES = 12;
/** As the server's: what comes at once when another gateway fell waits in the kernel. */
const MAX_PENDING_CONNECTIONS = 4_096;

export interface GatewayServerOptions {
  readonly host: SessionHost;
  readonly neighbours: Neighbours;
  /** Of the server that makes tickets, as `publicTicketKey` writes it. */
  readonly ticketKey: string;
  /** CLEF_BASE_URL; its path is where the gateway answers. */
  readonly baseUrl: string | undefined;
  readonly trustedProxies: readonly string[];
  readonly metricsToken: string | undefined;
  readonly mostSocketsAnAccount: number;
  readonly log: Logger;
  readonly now: () => number;
}

/** A door for devices alone: sessions, without a catalogue, accounts or music. */
export interface GatewayServer extends AsyncDisposable {
  /** Resolves with the port that it listens on. */
  listen(address: ListenAddress): Promise<number>;
  /** Sends devices away with a word, and takes no more. */
  close(): Promise<void>;
}

export function createGatewayServer(options: GatewayServerOptions): GatewayServer {
  const { host, neighbours, baseUrl, metricsToken, log, now } = options;
  const basePath = baseUrl === undefined ? '' : new URL(baseUrl).pathname.replace(/\/+$/, '');
  const publicKey = parsePublicTicketKey(options.ticketKey);
  let isDraining = false;
  const gateway = new SessionGateway({
    host,
    neighbours,
    tickets: createTicketReader({ publicKey: () => Promise.resolve(publicKey), now }),
    standing: createDistantStanding({ neighbours, now }),
    limits: { ...gatewayLimits, mostSocketsAnAccount: options.mostSocketsAnAccount },
    now,
    instanceId: toBase64Url(randomBytes(INSTANCE_ID_BYTES)),
    onFailure: (error) => log.error({ err: error }, 'a device could not be served'),
  });
  const sockets = createSocketDoor({ gateway, basePath, isDraining: () => isDraining });
  const app = newFastify({ ...options, sockets });
  app.server.on('upgrade', sockets.open);
  app.addHook('preClose', () => gateway[Symbol.asyncDispose]());
  protect(app);

  function missingParts(): readonly string[] {
    if (isDraining) return ['shutting down'];
    return host.log.isReachable ? [] : ['NATS does not answer'];
  }
  void app.register(
    (scope, _options, done) => {
      healthRoutes(scope, { missingParts });
      const sources = [() => gateway.samples()];
      metricsRoute(scope, { traffic: new Traffic(), sources, token: metricsToken });
      void scope.register(
        (api, _given, ready) => {
          socketRoute(api);
          ready();
        },
        { prefix: API_PATH },
      );
      done();
    },
    { prefix: basePath },
  );
  if (basePath !== '') healthRoutes(app, { missingParts });

  async function close(): Promise<void> {
    isDraining = true;
    await app.close();
  }
  return {
    async listen({ host: address, port }) {
      await app.listen({ host: address, port, backlog: MAX_PENDING_CONNECTIONS });
      const bound = app.server.address();
      return typeof bound === 'object' && bound !== null ? bound.port : port;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

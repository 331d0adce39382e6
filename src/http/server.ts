import { chmod, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { ListenOptions, Server as NetServer, Socket } from 'node:net';
import { buildApp, type HttpDeps, type HttpSettings } from './app.ts';
import { DivertedConnections, type TakeConnection } from './diverted-connections.ts';
import { workerListenerLimits } from './limits.ts';
import type { MediaCounter } from './media-counter.ts';
import { type TrackKeyFinder, WorkerDoor } from './media-worker/index.ts';
import { createServer } from './node-http.ts';
import {
  createSecureListener,
  isAboutTrust,
  type SecureListener,
  sendToTls,
  type ServerCertificate,
} from './tls/index.ts';

/** Connections that the kernel holds until they are accepted; beyond, their first packets are lost and come again seconds later. */
const MAX_PENDING_CONNECTIONS = 4_096;
/** How long answers under way may go on once the server is told to stop. */
const DRAIN_MS = 15_000;

export interface ListenAddress {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
}

/** Where media workers ask, and what tells them from others. */
export interface WorkerListener {
  /** A Unix socket in a folder of this user alone, or a named pipe. */
  readonly path: string;
  /** Random, made at each start. */
  readonly secret: string;
  readonly trackKey: TrackKeyFinder;
}

export interface SecureDoor {
  readonly port: number;
  exchange(certificate: ServerCertificate): void;
}

/** The door of a server, for everything that speaks HTTP. */
export interface HttpServer extends AsyncDisposable {
  /** Resolves with the port that it listens on. */
  listen(address: ListenAddress): Promise<number>;
  /** Speaks TLS too, once `listen` has resolved. Plain HTTP that comes there is sent to where it becomes secure. */
  listenSecurely(address: ListenAddress, certificate: ServerCertificate): Promise<SecureDoor>;
  /**
   * Answers media workers: with a ticket where others get the bytes of an asset, otherwise as it answers the
   * workers' clients themselves.
   */
  listenForWorkers(listener: WorkerListener): Promise<void>;
  /** Offers new connections to `take` first, and answers how to serve one here after all. */
  divertConnections(take: TakeConnection): (socket: Socket) => void;
  /** To be told what workers send. */
  readonly counter: MediaCounter;
  /** `/readyz` says no from now on, so that load balancers turn away while everything is still answered. */
  beginDrain(): void;
  /** Sends the devices of playback sessions elsewhere, spread over this time; at once from when the signal is aborted. */
  sendDevicesAway(overMs: number, signal: AbortSignal): Promise<void>;
  /** What is under way now, in whichever process. */
  activity(): Activity;
  /**
   * Takes no more connections, lets answers under way finish for a bounded time, then cuts the rest. Called again, it ends no later than
   * the new call says.
   */
  close(withinMs?: number): Promise<void>;
}

export interface Activity {
  /** Answers that send media. */
  readonly streams: number;
  /** Devices of playback sessions. */
  readonly sockets: number;
}

export interface HttpServerOptions extends HttpDeps, HttpSettings {
  readonly drainMs?: number;
}

export function createHttpServer({ drainMs = DRAIN_MS, ...options }: HttpServerOptions): HttpServer {
  let draining = false;
  const door = new WorkerDoor();
  const { app, counter, sockets, gateway, traffic } = buildApp(options, options, {
    isDraining: () => draining,
    // A connection that was busy when the server closed is closed once it is idle.
    afterAnswer: () => draining && setImmediate(closeIdle),
    door,
  });
  let forWorkers: Server | undefined;
  let secure: SecureListener | undefined;

  function closeIdle(): void {
    app.server.closeIdleConnections();
    forWorkers?.closeIdleConnections();
    secure?.closeIdleConnections();
  }

  let closing: Promise<unknown> | undefined;
  function closeAll(): Promise<unknown> {
    const others = [forWorkers, secure?.server].filter((server) => server !== undefined);
    const all = Promise.all([app.close(), ...others.map(closed)]);
    secure?.closeIdleConnections();
    return all;
  }

  async function close(withinMs = drainMs): Promise<void> {
    draining = true;
    const cut = setTimeout(() => {
      app.server.closeAllConnections();
      forWorkers?.closeAllConnections();
      secure?.closeAllConnections();
    }, withinMs);
    closing ??= closeAll();
    await closing;
    clearTimeout(cut);
  }

  return {
    async listen({ host, port }) {
      await app.listen({ host, port, backlog: MAX_PENDING_CONNECTIONS });
      const address = app.server.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    },
    async listenSecurely({ host, port }, certificate) {
      await app.ready();
      const listener = createSecureListener({
        certificate,
        onRequest: (request, response) => app.routing(request, response),
        sockets,
        onPlainRequest: (request, response) => {
          if (isAboutTrust(request)) app.routing(request, response);
          else sendToTls(request, response);
        },
      });
      await listening(listener.server, { host, port, backlog: MAX_PENDING_CONNECTIONS });
      secure = listener;
      const address = listener.server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      return { port: bound, exchange: (next) => listener.exchange(next) };
    },
    async listenForWorkers({ path, secret, trackKey }) {
      await app.ready();
      const options = { ...workerListenerLimits, shouldUpgradeCallback: sockets.wants };
      forWorkers = createServer(options, (request, response) => {
        if (door.admit(request, secret, trackKey)) app.routing(request, response);
        else request.socket.destroy();
      });
      forWorkers.on('upgrade', (request, connection, head) => {
        if (door.admit(request, secret, trackKey)) sockets.open(request, connection, head);
        else connection.destroy();
      });
      await listenOnSocket(forWorkers, path);
    },
    divertConnections(take) {
      const diverted = new DivertedConnections(app.server, take);
      return (socket) => diverted.serve(socket);
    },
    counter,
    beginDrain() {
      draining = true;
    },
    sendDevicesAway: (overMs, signal) => gateway.sendAway(overMs, signal),
    activity: () => ({ streams: traffic.openStreams, sockets: gateway.socketCount }),
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}

/** A socket file that is there already belongs to a dead process: the data folder is this one's alone. */
async function listenOnSocket(server: Server, path: string): Promise<void> {
  const isPipe = path.startsWith('\\\\');
  if (!isPipe) await rm(path, { force: true });
  await listening(server, { path, backlog: MAX_PENDING_CONNECTIONS });
  if (!isPipe) await chmod(path, 0o600);
}

function listening(server: NetServer, options: ListenOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(options, resolve);
  return promise;
}

function closed(server: NetServer): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  return promise;
}

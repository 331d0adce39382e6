import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { StoredAsset } from '../../catalog/index.ts';
import { type ByteRange, type Bytes, ClefError, isClefError } from '../../core/index.ts';
import { readOn } from '../../vault/index.ts';
import { serverLimits } from '../limits.ts';
import { serveTicket } from '../media/index.ts';
import type { MediaCounter } from '../media-counter.ts';
import { Agent, createServer } from '../node-http.ts';
import { decodeTicket, type HandedTicket, TICKET_HEADER } from './handed-ticket.ts';
import {
  askMain,
  askMainAgain,
  asksForSocket,
  forwardAnswer,
  relaySocket,
  type RelayOptions,
  takeHeaders,
} from './relay.ts';

/** Reads assets whose key came with the ticket. */
export interface TicketReader {
  read(asset: StoredAsset, trackKey: Bytes, range: ByteRange, signal: AbortSignal): AsyncIterable<Bytes>;
  /** Needs no key: what it reads is sealed. */
  readColumn(asset: StoredAsset, column: number, range: ByteRange, signal: AbortSignal): AsyncIterable<Bytes>;
  release(piece: Bytes): void;
}

export interface MediaWorkerOptions extends Omit<RelayOptions, 'agent'> {
  readonly reader: TicketReader;
  readonly counter: Pick<MediaCounter, 'opened' | 'closed'>;
}

export interface MediaWorker {
  /** Serves a connection that nobody has read from. */
  take(socket: Socket): void;
  /** Ends what is idle; resolves when the last answer is sent, or was cut after `withinMs`. */
  drain(withinMs: number): Promise<void>;
}

/** Connections to the main process that are kept for the next question. */
const MAX_IDLE_UPSTREAMS = 64;

/**
 * Answers in front of the main process: every request is passed on to it, and where it answers with a ticket
 * the worker sends the asset. It knows no account, no catalogue and no keyring.
 */
export function createMediaWorker(options: MediaWorkerOptions): MediaWorker {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: MAX_IDLE_UPSTREAMS });
  const sockets = new Set<Socket>();
  const empty = Promise.withResolvers<void>();
  let draining = false;
  const settings = { ...serverLimits, shouldUpgradeCallback: asksForSocket };
  const server = createServer(settings, (request, response) => {
    response.once('close', () => draining && setImmediate(() => server.closeIdleConnections()));
    answer(request, response, { ...options, agent }).catch(() => response.destroy());
  });
  server.on('upgrade', (request, connection, head) => relaySocket(request, connection, head, options));
  // Node keeps time and account of connections from here on, and this server never listens itself.
  server.emit('listening');

  return {
    take(socket) {
      sockets.add(socket);
      socket.once('close', () => {
        sockets.delete(socket);
        if (draining && sockets.size === 0) empty.resolve();
      });
      // As an HTTP server has it for connections of its own.
      socket.allowHalfOpen = true;
      server.emit('connection', socket);
    },
    async drain(withinMs) {
      draining = true;
      server.closeIdleConnections();
      if (sockets.size === 0) empty.resolve();
      const cut = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, withinMs);
      await empty.promise;
      clearTimeout(cut);
      server.close();
      agent.destroy();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: MediaWorkerOptions & RelayOptions,
): Promise<void> {
  let said: IncomingMessage;
  try {
    said = await askMain(request, response, options);
  } catch {
    refuse(response);
    return;
  }
  const ticket = said.headers[TICKET_HEADER];
  if (typeof ticket !== 'string') {
    await forwardAnswer(said, response);
    return;
  }
  said.resume();
  takeHeaders(said, response);
  await send(request, response, decodeTicket(ticket), options);
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  { ticket, trackKey, failures, route, requestId }: HandedTicket,
  options: MediaWorkerOptions & RelayOptions,
): Promise<void> {
  const { reader, counter } = options;
  const own = {
    read(asset: StoredAsset, range: ByteRange, signal: AbortSignal) {
      if (!trackKey) throw new ClefError('internal', 'a media ticket for plaintext came without a key');
      const read = (at: StoredAsset, rest: ByteRange) => reader.read(at, trackKey, rest, signal);
      return readOn(asset, range, read, () => relocate(request, asset, options));
    },
    readColumn: (asset: StoredAsset, column: number, range: ByteRange, signal: AbortSignal) =>
      reader.readColumn(asset, column, range, signal),
    release: (piece: Bytes) => reader.release(piece),
  };
  counter.opened();
  const outcome = await serveTicket(request, response, ticket, own, (error) =>
    isClefError(error) && error.retryable ? failures.passing : failures.lasting,
  );
  counter.closed({ route, requestId, method: request.method ?? 'GET', outcome });
}

/** Where the asset lies now, by another ticket for the same request. */
async function relocate(
  request: IncomingMessage,
  { assetId }: StoredAsset,
  options: RelayOptions,
): Promise<StoredAsset | undefined> {
  // What has a body is not asked twice; tickets answer GET.
  if (request.method !== 'GET') return undefined;
  const said = await askMainAgain(request, options).catch(() => undefined);
  said?.resume();
  const ticket = said?.headers[TICKET_HEADER];
  const asset = typeof ticket === 'string' ? decodeTicket(ticket).ticket.asset : undefined;
  return asset?.assetId === assetId ? asset : undefined;
}

/** The main process is starting, stopping or gone. */
function refuse(response: ServerResponse): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(503, { 'content-type': 'text/plain', 'retry-after': '1', 'cache-control': 'no-store' });
  response.end('the server is starting or shutting down\n');
}

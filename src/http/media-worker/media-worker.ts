import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { StoredAsset } from '../../catalog/index.ts';
import { type ByteRange, type Bytes, isClefError } from '../../core/index.ts';
import { serverLimits } from '../limits.ts';
import { serveTicket } from '../media/index.ts';
import type { MediaCounter } from '../media-counter.ts';
import { Agent, createServer } from '../node-http.ts';
import { decodeTicket, type HandedTicket, TICKET_HEADER } from './handed-ticket.ts';
import { askMain, forwardAnswer, type RelayOptions, takeHeaders } from './relay.ts';

/** Reads assets whose key came with the ticket. */
export interface TicketReader {
  read(asset: StoredAsset, trackKey: Bytes, range: ByteRange, signal: AbortSignal): AsyncIterable<Bytes>;
  release(piece: Bytes): void;
}

export interface MediaWorkerOptions extends Omit<RelayOptions, 'agent'> {
  readonly reader: TicketReader;
  readonly counter: Pick<MediaCounter, 'opened' | 'closed'>;
}

export interface MediaWorker {
  /** Not listening yet. */
  readonly server: Server;
  /** Takes no more connections; resolves when the last answer is sent, or was cut after `withinMs`. */
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
  let draining = false;
  const server = createServer(serverLimits, (request, response) => {
    // A connection that was busy when the drain began is closed once it is idle.
    response.once('close', () => draining && setImmediate(() => server.closeIdleConnections()));
    answer(request, response, { ...options, agent }).catch(() => response.destroy());
  });
  return {
    server,
    async drain(withinMs) {
      draining = true;
      const { promise: closed, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      const cut = setTimeout(() => server.closeAllConnections(), withinMs);
      await closed;
      clearTimeout(cut);
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
  { reader, counter }: MediaWorkerOptions,
): Promise<void> {
  const own = {
    read: (asset: StoredAsset, range: ByteRange, signal: AbortSignal) =>
      reader.read(asset, trackKey, range, signal),
    release: (piece: Bytes) => reader.release(piece),
  };
  counter.opened();
  const outcome = await serveTicket(request, response, ticket, own, (error) =>
    isClefError(error) && error.retryable ? failures.passing : failures.lasting,
  );
  counter.closed({ route, requestId, method: request.method ?? 'GET', outcome });
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

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { type ByteRange, type Bytes, ClefError, unreachable } from '../../core/index.ts';
import { retryAfter } from '../retry-after.ts';
import { mediaHead } from './media-head.ts';
import { sendPieces } from './send-pieces.ts';
import type { MediaReader, MediaTicket } from './ticket.ts';

/** An answer for a fault that shows before the first byte went out. */
export interface FailureAnswer {
  readonly httpStatus: number;
  readonly contentType: string;
  readonly body: string;
}

export type ServeOutcome =
  | { readonly kind: 'complete'; readonly status: number; readonly sentBytes: number }
  /** The client went away. */
  | { readonly kind: 'disconnected'; readonly status: number; readonly sentBytes: number }
  | {
      readonly kind: 'failed';
      readonly status: number;
      readonly sentBytes: number;
      readonly error: unknown;
    };

/**
 * Answers one request with an asset, straight on Node's response: conditional requests, single ranges,
 * HEAD. Several ranges in one header are answered with the whole, as RFC 9110 section 14.2 allows. A fault
 * after the first byte cuts the connection, so that a client never takes a part for the whole. Headers that
 * the caller set on the response before are kept. Never rejects.
 */
export async function serveTicket(
  request: IncomingMessage,
  response: ServerResponse,
  ticket: MediaTicket,
  reader: MediaReader,
  onFailure: (error: unknown) => FailureAnswer,
): Promise<ServeOutcome> {
  const { status, headers, range } = mediaHead(request, ticket);
  if (!range) return answerEmpty(response, status, headers);
  return stream(response, ticket, range, reader, { status, headers, onFailure });
}

interface StreamOptions {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly onFailure: (error: unknown) => FailureAnswer;
}

async function stream(
  response: ServerResponse,
  ticket: MediaTicket,
  range: ByteRange,
  reader: MediaReader,
  { status, headers, onFailure }: StreamOptions,
): Promise<ServeOutcome> {
  const aborter = new AbortController();
  // An answer that is complete closes as well.
  const onClose = () => response.writableFinished || aborter.abort(CLIENT_LEFT);
  response.once('close', onClose);
  // Whoever left while the ticket was made has closed before anyone listened, and takes no byte.
  if (response.destroyed) onClose();
  const progress = { sentBytes: 0 };
  try {
    const pieces = read(reader, ticket, range, aborter.signal);
    await sendPieces(response, pieces, {
      lengthBytes: range.endBytes - range.startBytes,
      signal: aborter.signal,
      progress,
      release: (piece) => reader.release(piece),
      begin: () => response.writeHead(status, headers),
    });
    return { kind: 'complete', status, sentBytes: progress.sentBytes };
  } catch (error) {
    if (aborter.signal.aborted) return { kind: 'disconnected', status, sentBytes: progress.sentBytes };
    if (response.headersSent) {
      response.destroy();
      return { kind: 'failed', status, sentBytes: progress.sentBytes, error };
    }
    const answer = onFailure(error);
    response.writeHead(answer.httpStatus, {
      'cache-control': 'no-store',
      'content-type': answer.contentType,
      'content-length': Buffer.byteLength(answer.body),
      ...retryAfter(answer.httpStatus),
    });
    response.end(answer.body);
    return { kind: 'failed', status: answer.httpStatus, sentBytes: 0, error };
  } finally {
    response.off('close', onClose);
  }
}

function read(
  reader: MediaReader,
  { asset, content }: MediaTicket,
  range: ByteRange,
  signal: AbortSignal,
): AsyncIterable<Bytes> {
  switch (content.kind) {
    case 'plaintext':
      return reader.read(asset, range, signal);
    case 'column':
      return reader.readColumn(asset, content.column, range, signal);
  }
  return unreachable(content);
}

/** Made once: an error's stack costs more than the rest of an answer's ending. */
const CLIENT_LEFT = new ClefError('not-ready', 'the client closed the connection');

function answerEmpty(response: ServerResponse, status: number, headers: OutgoingHttpHeaders): ServeOutcome {
  response.writeHead(status, headers);
  response.end();
  return { kind: 'complete', status, sentBytes: 0 };
}

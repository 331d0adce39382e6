import type { ServerResponse } from 'node:http';
import { type Bytes, ClefError } from '../../core/index.ts';

/** A client that takes no byte for this long is cut; players resume by Range. */
const STALLED_CLIENT_MS = 30 * 60_000;
/** What may wait in this process for one client's network: as much as one system call sends well. */
const MAX_BUFFERED_BYTES = 256 * 2 ** 10;

export interface SendOptions {
  /** Exactly this many bytes are sent, or the promise rejects. */
  readonly lengthBytes: number;
  readonly signal: AbortSignal;
  /** Counts as it goes, so that the figure survives a rejection. */
  readonly progress: { sentBytes: number };
  /** Told of each piece that the kernel has taken; never of one that it may still be reading. */
  readonly release: (piece: Bytes) => void;
  /** Writes the head; called once, when the first piece is at hand. */
  readonly begin: () => void;
}

/**
 * Writes pieces to a response as fast as its client takes them, and resolves once all are handed to the
 * kernel. Node corks what is written within one turn of the event loop, so small pieces share a system call.
 */
export async function sendPieces(
  response: ServerResponse,
  pieces: AsyncIterable<Bytes>,
  { lengthBytes, signal, progress, release, begin }: SendOptions,
): Promise<void> {
  response.setTimeout(STALLED_CLIENT_MS, () => response.destroy());
  let begun = false;
  for await (const piece of pieces) {
    signal.throwIfAborted();
    if (progress.sentBytes + piece.length > lengthBytes) throw wrongLength(lengthBytes);
    if (!begun) begin();
    begun = true;
    progress.sentBytes += piece.length;
    const isFlowing = response.write(piece, (error) => !error && release(piece));
    if (!isFlowing && response.writableLength >= MAX_BUFFERED_BYTES) await drained(response, signal);
  }
  signal.throwIfAborted();
  if (progress.sentBytes !== lengthBytes) throw wrongLength(lengthBytes);
  await new Promise<void>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    response.end(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
  });
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onDrain = () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    };
    const onAbort = () => {
      response.off('drain', onDrain);
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    response.once('drain', onDrain);
  });
}

function wrongLength(lengthBytes: number): ClefError {
  return new ClefError('internal', `a media reader gave another length than ${lengthBytes} bytes`);
}

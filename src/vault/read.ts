import { type AssetLocation, type ByteRange, type Bytes, ClefError, isClefError } from '../core/index.ts';
import { CHUNK_BYTES, chunksCovering, type TrackKey } from '../crypto/index.ts';
import type { OpenAsset, OpenAssets } from './open-assets.ts';
import { type Fetch, type FetchContext, type FetchPosition, fetchAhead, fetchNow } from './read-fetch.ts';
import { FIRST_SPAN_BYTES, LARGEST_SPAN_BYTES } from './read-plan.ts';
import { type RecoveryContext, recoverChunk } from './recover-chunk.ts';

export interface ReadContext extends RecoveryContext, FetchContext {
  readonly assets: OpenAssets;
  /** Lets others have the thread for a turn. */
  readonly breathe: () => Promise<void>;
}

export interface ReadOptions {
  readonly signal?: AbortSignal;
}

/**
 * A range of the padded plaintext in pieces of at most a chunk, in order. A chunk goes out only after it verified;
 * one that is lost or tampered with is reconstructed. Pieces are read-only, and `releasePiece` may free them early.
 * An abort, or the consumer's return, cancels what is being fetched.
 */
export async function* readAsset(
  context: ReadContext,
  location: AssetLocation,
  trackKey: TrackKey,
  range: ByteRange,
  options: ReadOptions = {},
): AsyncGenerator<Bytes, void, undefined> {
  const { signal } = options;
  signal?.throwIfAborted();
  const asset = await context.assets.open(location, trackKey);
  assertRange(asset, range);
  const wanted = chunksCovering(range);
  const run = new AbortController();
  const onAbort = (): void => run.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  let position: FetchPosition = { range: wanted, first: wanted.first, spanBytes: FIRST_SPAN_BYTES };
  let current = fetchNow(context, asset, position, run.signal);
  let ahead: Fetch | undefined;
  let opened = 0;
  try {
    while (current) {
      // Whoever is faster than the node gets larger reads; a paced listener never does.
      const isWaiting = !current.done && current.batch.first > wanted.first;
      const spanBytes = isWaiting ? Math.min(LARGEST_SPAN_BYTES, position.spanBytes * 2) : position.spanBytes;
      position = { range: wanted, first: current.batch.end, spanBytes };
      await current.loading;
      if (current.bytes.isShort) await openFirstMissing(context, asset, current, run.signal);
      ahead = fetchAhead(context, asset, position, run.signal);
      for (let chunk = current.batch.first; chunk < current.batch.end; chunk++) {
        signal?.throwIfAborted();
        const plaintext =
          current.takeCached(chunk) ?? (await openChunk(context, asset, current, chunk, run.signal));
        yield trimmed(plaintext, chunk, range);
        if (++opened % CHUNKS_A_BREATH === 0 && chunk + 1 < wanted.end) await context.breathe();
      }
      current.free();
      current = ahead ?? fetchNow(context, asset, position, run.signal);
      ahead = undefined;
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    current?.free();
    ahead?.free();
    run.abort(ENDED);
  }
}

/** 512 KiB are some 0.1 ms; a player's 256 KiB range then goes out in one system call. */
const CHUNKS_A_BREATH = 8;

/** Made once: a DOMException with its stack costs more than the rest of the ending. */
const ENDED = new Error('the read has ended');

function assertRange(asset: OpenAsset, { startBytes, endBytes }: ByteRange): void {
  const { paddedLengthBytes } = asset.places.layout;
  if (
    !Number.isSafeInteger(startBytes) ||
    !Number.isSafeInteger(endBytes) ||
    startBytes < 0 ||
    endBytes < startBytes ||
    endBytes > paddedLengthBytes
  ) {
    throw new ClefError(
      'range-not-satisfiable',
      `bytes ${startBytes} to ${endBytes} lie outside an asset of ${paddedLengthBytes}`,
    );
  }
}

/** Before anything of a batch goes out: whoever asks for a song hears that it cannot be had, not its beginning. */
async function openFirstMissing(
  context: ReadContext,
  asset: OpenAsset,
  fetch: Fetch,
  signal: AbortSignal,
): Promise<void> {
  for (let chunk = fetch.batch.first; chunk < fetch.batch.end; chunk++) {
    const { row, slot, column } = asset.places.layout.place(chunk);
    if (fetch.hasCached(chunk) || fetch.bytes.loaded(row, slot, column)) continue;
    fetch.keep(chunk, await openChunk(context, asset, fetch, chunk, signal));
    return;
  }
}

async function openChunk(
  context: ReadContext,
  asset: OpenAsset,
  fetch: Fetch,
  chunk: number,
  signal: AbortSignal,
): Promise<Bytes> {
  const plaintext =
    (await openLoaded(asset, fetch, chunk)) ??
    (await recoverChunk(context, asset, fetch.bytes, chunk, signal));
  context.cache.give(asset.serial, chunk, plaintext);
  return plaintext;
}

/** As it was loaded, or solved where it was not; undefined where it cannot be had so, or its tag is wrong. */
async function openLoaded(asset: OpenAsset, fetch: Fetch, chunk: number): Promise<Bytes | undefined> {
  const { row, slot, column } = asset.places.layout.place(chunk);
  const sealed = fetch.bytes.loaded(row, slot, column)?.bytes ?? fetch.solved.piece(row, slot, column);
  if (!sealed) return undefined;
  try {
    return await asset.cipher.openChunk(chunk, sealed);
  } catch (error) {
    if (isClefError(error, 'decryption-failed')) return undefined;
    throw error;
  }
}

function trimmed(plaintext: Bytes, chunk: number, range: ByteRange): Bytes {
  const chunkStart = chunk * CHUNK_BYTES;
  const start = Math.max(0, range.startBytes - chunkStart);
  const end = Math.min(plaintext.length, range.endBytes - chunkStart);
  return start === 0 && end === plaintext.length ? plaintext : plaintext.subarray(start, end);
}

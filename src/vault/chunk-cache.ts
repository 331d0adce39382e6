import { LRUCache } from 'lru-cache';
import type { Bytes } from '../core/index.ts';
import { CHUNK_BYTES, MAX_ASSET_BYTES } from '../crypto/index.ts';

/** Who still holds a chunk's buffer. */
interface Holding {
  readers: number;
  cached: boolean;
}

/** Every chunk that was given out or is cached, by its buffer; one that is in neither state is forgotten. */
const holdings = new WeakMap<ArrayBuffer, Holding>();

/**
 * Says that the caller is done with a piece that a read gave it, and frees its memory at once if nobody else
 * holds it: waiting for the garbage collector costs a quarter of the CPU of a busy server. To call it is
 * optional, once a piece; the piece must not be touched afterwards.
 */
export function releasePiece(piece: Bytes): void {
  const holding = holdings.get(piece.buffer);
  if (!holding || holding.readers === 0) return;
  holding.readers--;
  freeUnheld(piece.buffer, holding);
}

/** Gives out bytes that are in no cache, to be released by whoever has them. */
export function lend(piece: Bytes): Bytes {
  if (piece.byteLength === piece.buffer.byteLength) holdings.set(piece.buffer, { readers: 1, cached: false });
  return piece;
}

function freeUnheld(buffer: ArrayBuffer, holding: Holding): void {
  if (holding.readers > 0 || holding.cached) return;
  holdings.delete(buffer);
  if (!buffer.detached) buffer.transfer(0);
}

/**
 * Decrypted chunks that were read more than once lately, bounded by their bytes. A chunk that is met for the first
 * time is only remembered: one listener's song passes through without pushing out what many listen to, and its
 * buffers are reused while they are still in the processor's cache. It hands out the same buffers to several
 * readers, so pieces are read-only. Whoever asks must hold the asset's key; see OpenAssets.
 */
export class ChunkCache {
  readonly #chunks: LRUCache<number, Bytes> | undefined;
  readonly #metOnce: LRUCache<number, true> | undefined;

  /** 0, or less than one chunk, keeps nothing. */
  constructor(maxBytes: number) {
    if (maxBytes < CHUNK_BYTES) return;
    this.#metOnce = new LRUCache({ max: Math.floor(maxBytes / CHUNK_BYTES) });
    this.#chunks = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (chunk) => Math.max(1, chunk.byteLength),
      dispose: (chunk) => {
        const holding = holdings.get(chunk.buffer);
        if (!holding) return;
        holding.cached = false;
        freeUnheld(chunk.buffer, holding);
      },
    });
  }

  /** The chunk, held for one reader more until it is released; undefined where it is not cached. */
  take(asset: number, chunk: number): Bytes | undefined {
    const bytes = this.#chunks?.get(keyOf(asset, chunk));
    if (!bytes) return undefined;
    const holding = holdings.get(bytes.buffer);
    if (!holding || bytes.buffer.detached) return undefined;
    holding.readers++;
    return bytes;
  }

  /** A fresh chunk on its way to its first reader. */
  give(asset: number, chunk: number, bytes: Bytes): void {
    // A view into a larger buffer shares it with somebody.
    if (bytes.byteLength !== bytes.buffer.byteLength) return;
    const key = keyOf(asset, chunk);
    const cached = this.#metOnce?.has(key) === true;
    holdings.set(bytes.buffer, { readers: 1, cached });
    if (cached) this.#chunks?.set(key, bytes);
    else this.#metOnce?.set(key, true);
  }
}

/** Unique and exact: an asset has at most 2^24 chunks. As a text it would cost more than all else here. */
function keyOf(asset: number, chunk: number): number {
  return asset * MAX_CHUNKS + chunk;
}

const MAX_CHUNKS = MAX_ASSET_BYTES / CHUNK_BYTES;

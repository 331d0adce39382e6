import type { Bytes } from '../core/index.ts';
import { BatchBytes } from './batch-bytes.ts';
import { type ChunkCache, releasePiece } from './chunk-cache.ts';
import type { ColumnSource } from './column-source.ts';
import type { OpenAsset } from './open-assets.ts';
import { type Batch, type ChunkRange, planBatch, spansOf } from './read-plan.ts';

export interface FetchContext {
  readonly source: ColumnSource;
  readonly cache: ChunkCache;
  /** Shared by all readers: many slow listeners must not fill the memory with what they hear in a minute. */
  readonly readAhead: ReadAheadBudget;
}

/** Bytes that may be fetched before they are asked for. */
export class ReadAheadBudget {
  #freeBytes: number;

  constructor(totalBytes: number) {
    this.#freeBytes = totalBytes;
  }

  take(bytes: number): boolean {
    if (bytes > this.#freeBytes) return false;
    this.#freeBytes -= bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#freeBytes += bytes;
  }
}

/** One batch on its way: what the cache had, and the sealed bytes of the rest. */
export class Fetch {
  readonly batch: ChunkRange;
  readonly bytes: BatchBytes;
  readonly loading: Promise<void>;
  done = false;
  readonly #cached: Map<number, Bytes>;
  #giveBack: (() => void) | undefined;

  constructor(
    batch: ChunkRange,
    bytes: BatchBytes,
    cached: Map<number, Bytes>,
    loading: Promise<void> | undefined,
    giveBack: (() => void) | undefined,
  ) {
    this.batch = batch;
    this.bytes = bytes;
    this.#cached = cached;
    this.#giveBack = giveBack;
    this.loading = this.#load(loading);
    // It rejects when the reader is cancelled, who may not be waiting for it then.
    this.loading.catch(() => undefined);
  }

  async #load(loading: Promise<void> | undefined): Promise<void> {
    await loading;
    this.done = true;
  }

  takeCached(chunk: number): Bytes | undefined {
    const plaintext = this.#cached.get(chunk);
    this.#cached.delete(chunk);
    return plaintext;
  }

  /** It is no longer ahead of its reader. */
  begin(): void {
    this.#giveBack?.();
    this.#giveBack = undefined;
  }

  free(): void {
    this.begin();
    for (const plaintext of this.#cached.values()) releasePiece(plaintext);
    this.#cached.clear();
    if (this.done) this.bytes.free();
  }
}

/** The next batch of a reader; undefined at the end of its range, and while the budget is spent. */
export function fetchAhead(
  context: FetchContext,
  asset: OpenAsset,
  range: ChunkRange,
  first: number,
  spanBytes: number,
  signal: AbortSignal,
): Fetch | undefined {
  const batch = planBatch(asset.places.layout, range, first, spanBytes);
  if (!batch) return undefined;
  const bytes = batch.spans.reduce((sum, span) => sum + span.endBytes - span.startBytes, 0);
  if (!context.readAhead.take(bytes)) return undefined;
  return startFetch(context, asset, batch, signal, () => context.readAhead.giveBack(bytes));
}

/** The batch that a reader waits for; undefined at the end of its range. */
export function fetchNow(
  context: FetchContext,
  asset: OpenAsset,
  range: ChunkRange,
  first: number,
  spanBytes: number,
  signal: AbortSignal,
): Fetch | undefined {
  const batch = planBatch(asset.places.layout, range, first, spanBytes);
  return batch && startFetch(context, asset, batch, signal);
}

function startFetch(
  context: FetchContext,
  asset: OpenAsset,
  batch: Batch,
  signal: AbortSignal,
  giveBack?: () => void,
): Fetch {
  const { places } = asset;
  const cached = new Map<number, Bytes>();
  let first: number | undefined;
  let end = batch.first;
  for (let chunk = batch.first; chunk < batch.end; chunk++) {
    const plaintext = context.cache.take(places.name.assetId, chunk);
    if (plaintext) cached.set(chunk, plaintext);
    else {
      first ??= chunk;
      end = chunk + 1;
    }
  }
  const bytes = new BatchBytes(context.source, places, signal);
  const missing = first === undefined ? undefined : { first, end };
  const spans = missing && (cached.size === 0 ? batch.spans : spansOf(places.layout, missing));
  return new Fetch(batch, bytes, cached, spans && bytes.loadSpans(spans), giveBack);
}

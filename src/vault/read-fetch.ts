import type { Bytes } from '../core/index.ts';
import { BatchBytes } from './batch-bytes.ts';
import { type ChunkCache, releasePiece } from './chunk-cache.ts';
import type { ColumnSource } from './column-source.ts';
import type { ErasureCode } from './erasure/index.ts';
import type { OpenAsset } from './open-assets.ts';
import { type Batch, type ChunkRange, planBatch, type Span, spansOf } from './read-plan.ts';
import type { SealedBudget } from './sealed-budget.ts';
import { SolvedCells } from './solved-cells.ts';

export interface FetchContext {
  readonly source: ColumnSource;
  readonly cache: ChunkCache;
  readonly budget: SealedBudget;
  readonly erasure: ErasureCode;
}

/** One batch on its way: what the cache had, and the sealed bytes of the rest. */
export class Fetch {
  readonly batch: ChunkRange;
  readonly bytes: BatchBytes;
  readonly solved: SolvedCells;
  readonly loading: Promise<void>;
  done = false;
  readonly #cached: Map<number, Bytes>;
  #heldBytes: number;
  #isFreed = false;
  readonly #budget: SealedBudget;

  /** `heldBytes` were taken from the budget for it. */
  constructor(context: FetchContext, asset: OpenAsset, batch: Batch, heldBytes: number, signal: AbortSignal) {
    this.batch = batch;
    this.#budget = context.budget;
    this.#heldBytes = heldBytes;
    this.bytes = new BatchBytes(context.source, asset.places, signal);
    this.solved = new SolvedCells(asset.places.layout, this.bytes, context.erasure, context.budget);
    this.#cached = new Map();
    let first: number | undefined;
    let end = batch.first;
    for (let chunk = batch.first; chunk < batch.end; chunk++) {
      const plaintext = context.cache.take(asset.serial, chunk);
      if (plaintext) {
        this.#cached.set(chunk, plaintext);
      } else {
        first ??= chunk;
        end = chunk + 1;
      }
    }
    const { layout } = asset.places;
    const missing = first === undefined ? [] : spansOf(layout, { first, end });
    this.loading = this.#load(this.#cached.size === 0 ? batch.spans : missing);
    // It rejects when the reader is cancelled, who may not be waiting for it then.
    this.loading.catch(() => undefined);
  }

  async #load(spans: readonly Span[]): Promise<void> {
    if (spans.length > 0) await this.bytes.loadSpans(spans);
    this.done = true;
    if (this.#isFreed) return;
    // What makes up for what is lost is more than was planned.
    const moreBytes = Math.max(0, this.bytes.loadedBytes - this.#heldBytes);
    this.#budget.takeAnyway(moreBytes);
    this.#heldBytes += moreBytes;
  }

  hasCached(chunk: number): boolean {
    return this.#cached.has(chunk);
  }

  /** Until it is its turn. */
  keep(chunk: number, plaintext: Bytes): void {
    this.#cached.set(chunk, plaintext);
  }

  takeCached(chunk: number): Bytes | undefined {
    const plaintext = this.#cached.get(chunk);
    this.#cached.delete(chunk);
    return plaintext;
  }

  free(): void {
    this.#isFreed = true;
    this.#budget.giveBack(this.#heldBytes);
    this.#heldBytes = 0;
    for (const plaintext of this.#cached.values()) releasePiece(plaintext);
    this.#cached.clear();
    this.solved.free();
    if (this.done) this.bytes.free();
  }
}

/** Where a reader stands, and how much of a column it fetches at once. */
export interface FetchPosition {
  readonly range: ChunkRange;
  readonly first: number;
  readonly spanBytes: number;
}

/** The next batch of a reader; undefined at the end of its range, and where the budget does not allow it. */
export function fetchAhead(
  context: FetchContext,
  asset: OpenAsset,
  position: FetchPosition,
  signal: AbortSignal,
): Fetch | undefined {
  const batch = planBatch(asset.places.layout, position.range, position.first, position.spanBytes);
  if (!batch) return undefined;
  const bytes = bytesOf(batch);
  return context.budget.take(bytes) ? new Fetch(context, asset, batch, bytes, signal) : undefined;
}

/** The batch that a reader waits for, of one chunk where the budget is spent; undefined at the end of its range. */
export function fetchNow(
  context: FetchContext,
  asset: OpenAsset,
  position: FetchPosition,
  signal: AbortSignal,
): Fetch | undefined {
  const { range, first } = position;
  if (first >= range.end) return undefined;
  const fetched = fetchAhead(context, asset, position, signal);
  if (fetched) return fetched;
  const chunk = { first, end: first + 1 };
  const batch = { ...chunk, spans: spansOf(asset.places.layout, chunk) };
  return new Fetch(context, asset, batch, 0, signal);
}

function bytesOf({ spans }: Batch): number {
  return spans.reduce((sum, { startBytes, endBytes }) => sum + endBytes - startBytes, 0);
}

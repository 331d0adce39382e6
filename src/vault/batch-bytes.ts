import type { Bytes, NodeId } from '../core/index.ts';
import type { ColumnPlaces } from './column-places.ts';
import type { ColumnSource } from './column-source.ts';
import { freeBytes } from './free-bytes.ts';
import { offsetOf } from './layout.ts';
import type { Span } from './read-plan.ts';

interface LoadedSpan extends Span {
  readonly bytes: Bytes;
  readonly nodeId: NodeId;
}

/** Sealed bytes of one chunk's place in a column, and the node that gave them; nothing is verified yet. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly nodeId: NodeId;
}

/** The sealed bytes that a reader holds for one batch. */
export class BatchBytes {
  readonly #source: ColumnSource;
  readonly #places: ColumnPlaces;
  readonly #signal: AbortSignal;
  readonly #loaded: LoadedSpan[] = [];

  constructor(source: ColumnSource, places: ColumnPlaces, signal: AbortSignal) {
    this.#source = source;
    this.#places = places;
    this.#signal = signal;
  }

  /**
   * Loads one span a column, all at once, and for a column that no node has, the same rows of the
   * other columns and of as much parity.
   */
  async loadSpans(spans: readonly Span[]): Promise<void> {
    const found = await Promise.all(spans.map((span) => this.#load(span)));
    const lost = spans.filter((_, i) => !found[i]);
    if (lost.length > 0) await this.#loadAround(lost);
  }

  /** The bytes of a chunk's place, if a loaded span has them. */
  loaded(row: number, slot: number, column: number): Piece | undefined {
    const startBytes = offsetOf(row, slot);
    const endBytes = startBytes + this.#places.layout.pieceBytes(row, slot, column);
    const span = this.#loaded.find(
      (one) => one.column === column && one.startBytes <= startBytes && endBytes <= one.endBytes,
    );
    return (
      span && {
        bytes: span.bytes.subarray(startBytes - span.startBytes, endBytes - span.startBytes),
        nodeId: span.nodeId,
      }
    );
  }

  /** The bytes of a chunk's place, fetched alone if need be; undefined where no node has them (see FindOptions). */
  async piece(row: number, slot: number, column: number, insist: boolean): Promise<Piece | undefined> {
    const known = this.loaded(row, slot, column);
    if (known) return known;
    const startBytes = offsetOf(row, slot);
    const endBytes = startBytes + this.#places.layout.pieceBytes(row, slot, column);
    const span = { column, startBytes, endBytes };
    return (await this.#load(span, insist)) ? this.loaded(row, slot, column) : undefined;
  }

  /** Frees the sealed bytes without waiting for the garbage collector. Nothing may use them afterwards. */
  free(): void {
    for (const { bytes } of this.#loaded.splice(0)) freeBytes(bytes);
  }

  async #load(span: Span, insist?: boolean): Promise<boolean> {
    const found = await this.#source.find(this.#places, span, { signal: this.#signal, insist });
    if (found) this.#loaded.push({ ...span, ...found });
    return found !== undefined;
  }

  async #loadAround(lost: readonly Span[]): Promise<void> {
    const { layout } = this.#places;
    const { k, m } = layout.policy;
    const startBytes = Math.min(...lost.map((span) => span.startBytes));
    const endBytes = Math.max(...lost.map((span) => span.endBytes));
    const columns: number[] = [];
    for (let column = 0; column < k; column++) {
      if (!lost.some((span) => span.column === column)) columns.push(column);
    }
    let needed = lost.length;
    for (let column = k; column < k + m && needed > 0; column++, needed--) columns.push(column);
    await Promise.all(
      columns.map(async (column) => {
        const clipped = { column, startBytes, endBytes: Math.min(endBytes, layout.columnBytes(column)) };
        const covered = this.#loaded.some(
          (one) => one.column === column && one.startBytes <= startBytes && clipped.endBytes <= one.endBytes,
        );
        if (clipped.endBytes > startBytes && !covered) await this.#load(clipped);
      }),
    );
  }
}

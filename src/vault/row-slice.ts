import { type Bytes, equalBytes } from '../core/index.ts';
import type { ErasureCode } from './erasure/index.ts';
import type { Layout } from './layout.ts';

/**
 * One chunk's place of a row over all columns: the bytes that protect each other. Data columns that the asset
 * does not reach count as zeros. A column is either given or lost; parity is asked for by name.
 */
export class RowSlice {
  readonly #k: number;
  readonly #m: number;
  readonly #erasure: ErasureCode;
  readonly #given = new Map<number, Uint8Array>();
  /** Data columns that are neither given nor beyond the asset's end. */
  readonly lost: Set<number>;

  constructor(layout: Layout, erasure: ErasureCode, row: number, slot: number) {
    this.#k = layout.policy.k;
    this.#m = layout.policy.m;
    this.#erasure = erasure;
    this.lost = new Set();
    for (let column = 0; column < this.#k; column++) {
      if (layout.pieceBytes(row, slot, column) > 0) this.lost.add(column);
      else this.#given.set(column, NOTHING);
    }
  }

  /** Bytes of a data or parity column as they are believed to be. */
  give(column: number, bytes: Uint8Array): void {
    this.lost.delete(column);
    this.#given.set(column, bytes);
  }

  /** Takes a data column's bytes back: they lied. */
  lose(column: number): void {
    this.#given.delete(column);
    this.lost.add(column);
  }

  has(column: number): boolean {
    return this.#given.has(column);
  }

  /** The wanted data columns by the word of the given data and the chosen parity, as long as the first cell's. */
  solve(parity: readonly number[], wanted: readonly number[]): Bytes[] {
    const columns: (Uint8Array | undefined)[] = Array.from({ length: this.#k + this.#m });
    for (const [column, bytes] of this.#given) {
      if (column < this.#k || parity.includes(column)) columns[column] = bytes;
    }
    return this.#erasure.reconstruct(columns, this.#k, wanted);
  }

  /** Parity columns that contradict what the chosen ones say. */
  lyingParity(chosen: readonly number[]): number[] {
    const lost = [...this.lost];
    const solved = this.solve(chosen, lost);
    const data = Array.from({ length: this.#k }, (_, column) =>
      this.lost.has(column) ? solved[lost.indexOf(column)] : this.#given.get(column),
    );
    return this.#erasure.encode(data, this.#m).flatMap((expected, i) => {
      const given = this.#given.get(this.#k + i);
      return given && !equalBytes(given, expected) ? [this.#k + i] : [];
    });
  }
}

const NOTHING = new Uint8Array(0);

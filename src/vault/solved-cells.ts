import type { Bytes } from '../core/index.ts';
import type { BatchBytes } from './batch-bytes.ts';
import type { ErasureCode } from './erasure/index.ts';
import { CELL_BYTES, type Layout, offsetOf } from './layout.ts';
import type { SealedBudget } from './sealed-budget.ts';

/** Of a column, from `startBytes` on. */
interface Stretch {
  readonly startBytes: number;
  readonly bytes: Uint8Array;
}

/** Buffers of a cell: memory that is used again makes solving half as fast again. */
const spare: Bytes[] = [];
const MOST_SPARE = 16;

/**
 * Cells of lost columns by the word of the others of their row, of which one or two columns are missing most often: all of
 * a row at once, one row at a time. Nothing is verified; whoever opens a piece finds out.
 */
export class SolvedCells {
  readonly #layout: Layout;
  readonly #batch: BatchBytes;
  readonly #erasure: ErasureCode;
  readonly #budget: SealedBudget;
  readonly #cells = new Map<number, Bytes>();
  #row = -1;
  #startBytes = 0;
  #endBytes = 0;

  constructor(layout: Layout, batch: BatchBytes, erasure: ErasureCode, budget: SealedBudget) {
    this.#layout = layout;
    this.#batch = batch;
    this.#erasure = erasure;
    this.#budget = budget;
  }

  /**
   * The sealed bytes of a chunk's place in a data column that was not loaded, until another row is asked for; undefined
   * where too little of its row was loaded, or the budget of sealed bytes is spent.
   */
  piece(row: number, slot: number, column: number): Uint8Array | undefined {
    if (row !== this.#row) {
      this.free();
      this.#row = row;
      this.#solve(row);
    }
    const cell = this.#cells.get(column);
    const startBytes = offsetOf(row, slot);
    const endBytes = startBytes + this.#layout.pieceBytes(row, slot, column);
    if (!cell || startBytes < this.#startBytes || endBytes > this.#endBytes) return undefined;
    return cell.subarray(startBytes - this.#startBytes, endBytes - this.#startBytes);
  }

  free(): void {
    this.#budget.giveBack(this.#cells.size * CELL_BYTES);
    for (const cell of this.#cells.values()) {
      if (spare.length < MOST_SPARE) spare.push(new Uint8Array(cell.buffer));
    }
    this.#cells.clear();
    this.#row = -1;
  }

  #solve(row: number): void {
    const { k, m } = this.#layout.policy;
    const data = Array.from({ length: k }, (_, column) => this.#stretch(row, column));
    const lost = [...data.keys()].filter((column) => data[column] === undefined);
    const parity: (Stretch | undefined)[] = [];
    let found = 0;
    for (let column = k; column < k + m; column++) {
      const stretch = found < lost.length ? this.#stretch(row, column) : undefined;
      if (stretch) found++;
      parity.push(stretch);
    }
    if (lost.length === 0 || found < lost.length) return;
    const columns = [...data, ...parity];
    // What all have of it: a batch may begin or end within a row.
    const isFull = (column: number, { startBytes, bytes }: Stretch): boolean =>
      startBytes + bytes.length >= this.#layout.columnBytes(column);
    const startBytes = Math.max(...columns.map((stretch) => stretch?.startBytes ?? 0));
    const endBytes = Math.min(
      Math.min(offsetOf(row + 1, 0), this.#layout.columnBytes(k)),
      ...columns.map((stretch, column) =>
        stretch && !isFull(column, stretch) ? stretch.startBytes + stretch.bytes.length : Infinity,
      ),
    );
    if (endBytes <= startBytes || !this.#budget.take(lost.length * CELL_BYTES)) return;
    const inputs = columns.map((stretch) =>
      stretch?.bytes.subarray(startBytes - stretch.startBytes, endBytes - stretch.startBytes),
    );
    const into = lost.map(() => spare.pop() ?? new Uint8Array(CELL_BYTES));
    const solved = this.#erasure.reconstruct(inputs, k, lost, into);
    for (const [i, column] of lost.entries()) {
      const cell = solved[i];
      if (cell) this.#cells.set(column, cell);
    }
    this.#startBytes = startBytes;
    this.#endBytes = endBytes;
  }

  /** What was loaded of a column's cell in a row; nothing at all of one that the asset does not reach. */
  #stretch(row: number, column: number): Stretch | undefined {
    const startBytes = offsetOf(row, 0);
    const endBytes = Math.min(offsetOf(row + 1, 0), this.#layout.columnBytes(column));
    if (endBytes <= startBytes) return { startBytes, bytes: NOTHING };
    return this.#batch.within(column, startBytes, endBytes);
  }
}

const NOTHING = new Uint8Array(0);

import { ClefError, type Policy } from '../core/index.ts';
import {
  CELL_CHUNKS,
  chunkCount as chunkCountOf,
  chunkPlainLength,
  MAX_COLUMNS,
  SEALED_CHUNK_BYTES,
  TAG_BYTES,
} from '../crypto/reading.ts';

/** A full cell, the unit that is dealt to a column. Only the very last cell of an asset is shorter. */
export const CELL_BYTES = CELL_CHUNKS * SEALED_CHUNK_BYTES;

/** Where a chunk lies: rows are time, columns are machines. */
export interface ChunkPlace {
  readonly row: number;
  readonly column: number;
  /** Place within the cell, 0 to 3. Chunks of one row and slot protect each other. */
  readonly slot: number;
  /** From the start of the column; equal for all columns of one row and slot. */
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/**
 * How one asset's sealed chunks lie in k data and m parity columns. Cell i holds chunks 4i to 4i+3 and is
 * in row floor(i / k), data column i mod k. Every cell before an asset's last one is full, so a row begins
 * at the same offset in every column. A row's parity is as long as its first cell; cells that are missing
 * or shorter count as zeros up to there.
 */
export interface Layout {
  readonly policy: Policy;
  readonly paddedLengthBytes: number;
  readonly chunkCount: number;
  readonly rowCount: number;
  readonly columnCount: number;
  /** Columns that hold at least one chunk; the others are not stored. Parity columns always do. */
  readonly storedColumns: readonly number[];
  columnChunks(column: number): number;
  /** Bytes of the column's cells, without table, manifest and footer. */
  columnBytes(column: number): number;
  place(chunk: number): ChunkPlace;
  /** The data chunk at a row and slot of a data column; undefined where the asset ended before. */
  chunkAt(row: number, slot: number, column: number): number | undefined;
  /** Length of the chunk at a row and slot of any column, 0 where there is none. */
  pieceBytes(row: number, slot: number, column: number): number;
}

export function offsetOf(row: number, slot: number): number {
  return row * CELL_BYTES + slot * SEALED_CHUNK_BYTES;
}

/** Refuses what the format does not allow before anything is computed from it. */
export function checkPolicy({ k, m }: Policy): void {
  if (!Number.isInteger(k) || !Number.isInteger(m) || k < 1 || m < 0 || k + m > MAX_COLUMNS) {
    throw new ClefError(
      'unsupported-format',
      `policy ${k}+${m}: k >= 1, m >= 0 and at most ${MAX_COLUMNS} columns are expected`,
    );
  }
}

export function createLayout(policy: Policy, paddedLengthBytes: number): Layout {
  checkPolicy(policy);
  const { k, m } = policy;
  const chunkCount = chunkCountOf(paddedLengthBytes);
  const cellCount = Math.ceil(chunkCount / CELL_CHUNKS);
  const rowCount = Math.ceil(cellCount / k);
  const columnCount = k + m;
  const lastCell = cellCount - 1;
  const lastCellChunks = chunkCount - lastCell * CELL_CHUNKS;

  function chunkBytes(chunk: number): number {
    return chunkPlainLength(chunk, paddedLengthBytes) + TAG_BYTES;
  }

  function chunkAt(row: number, slot: number, column: number): number | undefined {
    if (column >= k) return undefined;
    const chunk = (row * k + column) * CELL_CHUNKS + slot;
    return chunk < chunkCount ? chunk : undefined;
  }

  // A parity column has the shape of column 0, whose cell is the first of every row.
  function shapeOf(column: number): number {
    if (!Number.isInteger(column) || column < 0 || column >= columnCount) {
      throw new RangeError(`column ${column} of ${columnCount}`);
    }
    return column < k ? column : 0;
  }

  function columnChunks(column: number): number {
    const shape = shapeOf(column);
    if (shape >= cellCount) return 0;
    const cells = Math.floor((lastCell - shape) / k) + 1;
    const endsAsset = lastCell % k === shape;
    return endsAsset ? (cells - 1) * CELL_CHUNKS + lastCellChunks : cells * CELL_CHUNKS;
  }

  function columnBytes(column: number): number {
    const chunks = columnChunks(column);
    if (chunks === 0) return 0;
    const endsAsset = lastCell % k === shapeOf(column);
    const lastBytes = endsAsset ? chunkBytes(chunkCount - 1) : SEALED_CHUNK_BYTES;
    return (chunks - 1) * SEALED_CHUNK_BYTES + lastBytes;
  }

  function place(chunk: number): ChunkPlace {
    if (!Number.isInteger(chunk) || chunk < 0 || chunk >= chunkCount) {
      throw new RangeError(`chunk ${chunk} of ${chunkCount}`);
    }
    const cell = Math.floor(chunk / CELL_CHUNKS);
    const slot = chunk % CELL_CHUNKS;
    const row = Math.floor(cell / k);
    return {
      row,
      column: cell % k,
      slot,
      offsetBytes: offsetOf(row, slot),
      lengthBytes: chunkBytes(chunk),
    };
  }

  function pieceBytes(row: number, slot: number, column: number): number {
    const chunk = chunkAt(row, slot, shapeOf(column));
    return chunk === undefined ? 0 : chunkBytes(chunk);
  }

  const storedColumns: number[] = [];
  for (let column = 0; column < columnCount; column++) {
    if (columnChunks(column) > 0) storedColumns.push(column);
  }

  return {
    policy: { k, m },
    paddedLengthBytes,
    chunkCount,
    rowCount,
    columnCount,
    storedColumns,
    columnChunks,
    columnBytes,
    place,
    chunkAt,
    pieceBytes,
  };
}

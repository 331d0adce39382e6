import type { Bytes } from '../core/index.ts';
import { type AssetCipher, CELL_CHUNKS, SEALED_CHUNK_BYTES } from '../crypto/index.ts';
import { CHUNK_HASH_BYTES } from './column-object.ts';
import type { ErasureCode } from './erasure/index.ts';
import { freeBytes } from './free-bytes.ts';
import type { Layout } from './layout.ts';
import { nodeSha256 } from './node-sha256.ts';

/** A row's cells by column; an empty cell has no bytes. */
export type Row = readonly Bytes[];

/** The SHA-256 of each chunk of each column, in the order of the column. */
export interface HashTables {
  /** Adds the chunks of one row. */
  add(row: Row): void;
  /** The finished table of a column; of no bytes for an empty one. */
  table(column: number): Bytes;
}

export function createHashTables(layout: Layout): HashTables {
  const columns = Array.from({ length: layout.columnCount }, (_, column) => ({
    table: new Uint8Array(layout.columnChunks(column) * CHUNK_HASH_BYTES),
    filledBytes: 0,
  }));
  return {
    add(row) {
      for (const [column, cell] of row.entries()) {
        const target = columns[column];
        if (!target) throw new RangeError(`column ${column} of ${layout.columnCount}`);
        for (let start = 0; start < cell.length; start += SEALED_CHUNK_BYTES) {
          target.table.set(nodeSha256(cell.subarray(start, start + SEALED_CHUNK_BYTES)), target.filledBytes);
          target.filledBytes += CHUNK_HASH_BYTES;
        }
      }
    },
    table(column) {
      return columns[column]?.table ?? new Uint8Array();
    },
  };
}

/** Seals plaintext chunks in order and gives them out row by row with their parity; holds one row. */
export function sealRows(
  layout: Layout,
  cipher: AssetCipher,
  chunks: AsyncIterable<Uint8Array>,
  erasure: ErasureCode,
): AsyncGenerator<Row, void, undefined> {
  return dealRows(layout, sealChunks(cipher, chunks), erasure);
}

async function* sealChunks(
  cipher: AssetCipher,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Bytes, void, undefined> {
  let index = 0;
  for await (const chunk of chunks) {
    const sealed = await cipher.sealChunk(index++, chunk);
    yield sealed;
    // Whoever asks for the next one has copied it.
    freeBytes(sealed);
  }
}

/** Deals sealed chunks in order to rows, with their parity; holds one row. A chunk is copied before the next is asked for. */
export async function* dealRows(
  layout: Layout,
  sealed: AsyncIterable<Uint8Array>,
  erasure: ErasureCode,
): AsyncGenerator<Row, void, undefined> {
  const { k, m } = layout.policy;
  let row = 0;
  let cells: Bytes[] = emptyCells(layout, row);
  let index = 0;
  for await (const chunk of sealed) {
    const { column, slot } = layout.place(index);
    cells[column]?.set(chunk, slot * SEALED_CHUNK_BYTES);
    index++;
    if (index % (CELL_CHUNKS * k) !== 0 && index < layout.chunkCount) continue;
    yield m === 0 ? cells : [...cells, ...erasure.encode(cells, m)];
    row++;
    cells = emptyCells(layout, row);
  }
}

/** The data cells of a row, of their final lengths. */
function emptyCells(layout: Layout, row: number): Bytes[] {
  return Array.from({ length: layout.policy.k }, (_, column) => {
    let lengthBytes = 0;
    for (let slot = 0; slot < CELL_CHUNKS; slot++) lengthBytes += layout.pieceBytes(row, slot, column);
    return new Uint8Array(lengthBytes);
  });
}

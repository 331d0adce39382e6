import { ClefError, equalBytes } from '../core/index.ts';
import { CELL_CHUNKS, SEALED_CHUNK_BYTES } from '../crypto/index.ts';
import { chunkMatches, type ColumnHead, readHashTable } from './column-check.ts';
import { CHUNK_HASH_BYTES, columnObjectName, encodeFooter } from './column-object.ts';
import type { ErasureCode } from './erasure/index.ts';
import type { LayoutTruth } from './inspect-layout.ts';
import { CELL_BYTES, offsetOf } from './layout.ts';
import { nodeSha256 } from './node-sha256.ts';
import type { ByteSource, NodeCallOptions } from './nodes/port.ts';

/** A column that can be read from, chunk by chunk as far as its hashes are right. */
interface Source {
  readonly head: ColumnHead;
  readonly table: Uint8Array;
}

export interface RebuildOptions extends NodeCallOptions {
  readonly truth: LayoutTruth;
  readonly column: number;
  /** Columns whose end verifies, the damaged one among them: chunks of it that are right are kept. */
  readonly heads: readonly ColumnHead[];
  readonly erasure: ErasureCode;
  readonly pace: (bytes: number) => Promise<void>;
}

/**
 * The bytes of a column's object, rebuilt from the others without any key, equal to the ones that were first
 * written. The footer comes only after the finished hash table was found to be the manifest's, so that nothing
 * wrong can be committed. Throws `vault-asset-lost` where too few columns are right at some place.
 */
export async function* rebuildColumn(options: RebuildOptions): ByteSource {
  const { truth, column, pace } = options;
  const { layout } = truth;
  const sources = await openSources(options);
  const table = new Uint8Array(layout.columnChunks(column) * CHUNK_HASH_BYTES);
  let chunk = 0;
  for (let row = 0; row < layout.rowCount; row++) {
    const cells = await readRow(options, sources, row);
    for (let slot = 0; slot < CELL_CHUNKS; slot++) {
      if (layout.pieceBytes(row, slot, column) === 0) continue;
      const piece = rebuildPiece(options, sources, cells, row, slot);
      table.set(nodeSha256(piece), chunk * CHUNK_HASH_BYTES);
      chunk++;
      yield piece;
    }
    await pace(cells.reduce((sum, cell) => sum + (cell?.length ?? 0), 0));
  }
  const expected = truth.manifest.columnTableHashes[column];
  if (!expected || !equalBytes(nodeSha256(table), expected)) throw lost(options);
  yield table;
  yield truth.manifestBytes;
  yield encodeFooter({
    column,
    policy: layout.policy,
    cellsBytes: layout.columnBytes(column),
    chunkCount: layout.columnChunks(column),
    manifestBytes: truth.manifestBytes.length,
    manifestHash: truth.manifestHash,
  });
}

/** One source a column at most, and only those whose hash tables are the manifest's. */
async function openSources(options: RebuildOptions): Promise<Source[]> {
  const sources: Source[] = [];
  for (const head of options.heads) {
    if (sources.some((source) => source.head.name.column === head.name.column)) continue;
    try {
      sources.push({ head, table: await readHashTable(head, options) });
    } catch {
      options.signal?.throwIfAborted();
    }
  }
  // Its own bytes cost no arithmetic, data columns less than parity.
  const cost = ({ head: { name } }: Source): number => (name.column === options.column ? -1 : name.column);
  return sources.sort((a, b) => cost(a) - cost(b));
}

/** A row's cells of the sources, unverified; undefined where one cannot be read. */
function readRow(
  options: RebuildOptions,
  sources: readonly Source[],
  row: number,
): Promise<(Uint8Array | undefined)[]> {
  return Promise.all(
    sources.map(async ({ head }) => {
      const { name, layout } = head;
      const start = offsetOf(row, 0);
      const end = Math.min(start + CELL_BYTES, layout.columnBytes(name.column));
      if (end <= start) return new Uint8Array(0);
      try {
        return await head.node.read(columnObjectName(name, name.column), start, end - start, options);
      } catch {
        options.signal?.throwIfAborted();
        return undefined;
      }
    }),
  );
}

/** A chunk of the column: its own where it is right, else from k others that are. */
function rebuildPiece(
  options: RebuildOptions,
  sources: readonly Source[],
  cells: readonly (Uint8Array | undefined)[],
  row: number,
  slot: number,
): Uint8Array {
  const { layout } = options.truth;
  const { k, m } = layout.policy;
  const columns: (Uint8Array | undefined)[] = Array.from({ length: k + m });
  for (let column = 0; column < k; column++) {
    if (layout.pieceBytes(row, slot, column) === 0) columns[column] = new Uint8Array(0);
  }
  for (const [i, { head, table }] of sources.entries()) {
    const { column } = head.name;
    const at = slot * SEALED_CHUNK_BYTES;
    const piece = cells[i]?.subarray(at, at + layout.pieceBytes(row, slot, column));
    if (!piece || piece.length === 0 || !chunkMatches(table, row * CELL_CHUNKS + slot, piece)) continue;
    if (column === options.column) return piece;
    columns[column] = piece;
    if (columns.filter(Boolean).length === k) break;
  }
  if (columns.filter(Boolean).length < k) throw lost(options);
  const [piece] = options.erasure.reconstruct(columns, k, [options.column]);
  if (!piece) throw lost(options);
  return piece.subarray(0, layout.pieceBytes(row, slot, options.column));
}

function lost({ truth, column }: RebuildOptions): ClefError {
  return new ClefError(
    'vault-asset-lost',
    `column ${column} of asset ${truth.manifest.assetId} cannot be rebuilt: too few other columns are whole`,
  );
}

import type { AssetLocation, NodeId } from '../core/index.ts';
import { CELL_CHUNKS, parseAssetHeader, type Trust } from '../crypto/index.ts';
import { type ColumnHead, readHashTable, TAIL_BYTES, wrongChunks } from './column-check.ts';
import { CHUNK_HASH_BYTES, columnObjectName, columnRegions } from './column-object.ts';
import { type DamageReason, damageReasonOf } from './damage.ts';
import { findLayout } from './found-layouts.ts';
import { type ColumnCopy, inspectLayout } from './inspect-layout.ts';
import { CELL_BYTES, createLayout, type Layout } from './layout.ts';
import type { NodeSet } from './node-set.ts';

/** `offline`: its node is away. `missing`: its node answers and has no such object. `empty`: no chunk falls into it. */
export type ColumnHealth = 'ok' | 'missing' | 'damaged' | 'offline' | 'empty';

export interface ColumnStanding {
  readonly column: number;
  /** Who has it, or should; undefined where nobody is known to. */
  readonly nodeId: NodeId | undefined;
  readonly health: ColumnHealth;
  /** Rows whose cell is not what was written. A damaged column without any is damaged as a whole. */
  readonly badRows: readonly number[];
}

export interface AssetHealth {
  readonly layout: Layout;
  /** By column. */
  readonly columns: readonly ColumnStanding[];
  /** Rows from the first on whose cells were read; those after were not looked at. */
  readonly checkedRows: number;
}

interface AssetHealthOptions {
  readonly nodes: NodeSet;
  readonly asset: AssetLocation;
  readonly signal?: AbortSignal;
}

/** How an asset's columns are as far as names and lengths tell, where the catalogue has them. Reads no byte of them. */
export async function glanceAtAsset({ nodes, asset, signal }: AssetHealthOptions): Promise<AssetHealth> {
  const layout = layoutOf(asset);
  const known = new Set(nodes.known().map(({ id }) => id));

  async function healthOf(column: number, home: NodeId | undefined): Promise<ColumnHealth> {
    if (home === undefined || !known.has(home)) return 'missing';
    const node = nodes.get(home);
    if (!node) return 'offline';
    try {
      const info = await node.stat(columnObjectName(asset, column), { ...(signal && { signal }) });
      if (!info) return 'missing';
      return info.lengthBytes < leastBytes(layout, column) ? 'damaged' : 'ok';
    } catch (error) {
      signal?.throwIfAborted();
      return healthAfter(damageReasonOf(error));
    }
  }

  const columns = await eachColumn(layout, async (column) => {
    const nodeId = asset.columnNodes[column];
    return { column, nodeId, health: await healthOf(column, nodeId), badRows: [] };
  });
  return { layout, columns, checkedRows: 0 };
}

/**
 * Checks an asset's columns wherever they lie, without any key: signature and hash tables, then cells row by row, as
 * many rows as `maxBytes` of all that is read allow.
 */
export async function checkAsset({
  nodes,
  asset,
  trust,
  maxBytes,
  signal,
}: AssetHealthOptions & { readonly trust: Trust; readonly maxBytes: number }): Promise<AssetHealth> {
  const call = { pace: async () => undefined, ...(signal && { signal }) };
  const layout = layoutOf(asset);
  const { libraryId, assetId, layoutId } = asset;
  const found = await findLayout(nodes, { libraryId, assetId, layoutId }, signal);
  const { columns: copies } = await inspectLayout(found, { trust, depth: 'head', random: () => 0, ...call });
  const checkedRows = rowsWithin(layout, maxBytes);

  async function wrongRows(head: ColumnHead): Promise<readonly number[]> {
    if (checkedRows === 0) return [];
    const table = await readHashTable(head, call);
    const end = Math.min(head.layout.columnChunks(head.name.column), checkedRows * CELL_CHUNKS);
    const places = await wrongChunks(head, table, { first: 0, end, ...call });
    return [...new Set(places.map((place) => Math.floor(place / CELL_CHUNKS)))];
  }

  const columns = await eachColumn(layout, async (column): Promise<ColumnStanding> => {
    const home = asset.columnNodes[column];
    const copy = bestCopy(copies, column, home);
    if (!copy) {
      const isAway = home !== undefined && found.unanswered.includes(home);
      return { column, nodeId: home, health: isAway ? 'offline' : 'missing', badRows: [] };
    }
    const standing = { column, nodeId: copy.node.id, badRows: [] };
    if (!copy.head) return { ...standing, health: healthAfter(copy.damage ?? 'tampered') };
    try {
      const badRows = await wrongRows(copy.head);
      return { ...standing, health: badRows.length > 0 ? 'damaged' : 'ok', badRows };
    } catch (error) {
      signal?.throwIfAborted();
      return { ...standing, health: healthAfter(damageReasonOf(error)) };
    }
  });
  return { layout, columns, checkedRows };
}

function layoutOf({ policy, header }: AssetLocation): Layout {
  return createLayout(policy, parseAssetHeader(header).paddedLengthBytes);
}

function eachColumn(
  { columnCount, storedColumns }: Layout,
  look: (column: number) => Promise<ColumnStanding>,
): Promise<ColumnStanding[]> {
  const stored = new Set(storedColumns);
  return Promise.all(
    Array.from({ length: columnCount }, async (_, column) =>
      stored.has(column)
        ? look(column)
        : ({ column, nodeId: undefined, health: 'empty', badRows: [] } satisfies ColumnStanding),
    ),
  );
}

/** One whose end verifies, rather where the catalogue has it. */
function bestCopy(
  copies: readonly ColumnCopy[],
  column: number,
  home: NodeId | undefined,
): ColumnCopy | undefined {
  const rank = ({ head, node }: ColumnCopy): number => (head ? 2 : 0) + (node.id === home ? 1 : 0);
  return copies.filter((copy) => copy.column === column).sort((a, b) => rank(b) - rank(a))[0];
}

/** Of all columns alike, once their ends and tables were read. */
function rowsWithin(layout: Layout, maxBytes: number): number {
  const { rowCount, storedColumns } = layout;
  const endsBytes = storedColumns.reduce(
    (sum, column) => sum + TAIL_BYTES + layout.columnChunks(column) * CHUNK_HASH_BYTES,
    0,
  );
  const rows = Math.floor((maxBytes - endsBytes) / (storedColumns.length * CELL_BYTES));
  return Math.min(rowCount, Math.max(0, rows));
}

/** What a column's object has without its manifest. */
function leastBytes(layout: Layout, column: number): number {
  return columnRegions({
    cellsBytes: layout.columnBytes(column),
    chunkCount: layout.columnChunks(column),
    manifestBytes: 0,
  }).lengthBytes;
}

function healthAfter(damage: DamageReason): ColumnHealth {
  switch (damage) {
    case 'unreachable':
      return 'offline';
    case 'missing':
      return 'missing';
    default:
      return 'damaged';
  }
}

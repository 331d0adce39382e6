import type { AssetId, LayoutId, LibraryId, NodeId } from '../../core/index.ts';
import { asBytes } from '../../core/index.ts';
import type { StoredAsset } from '../port.ts';
import type { NewRow } from './dialect.ts';
import { assetBucket } from './ids.ts';
import type { Executor } from './prepared.ts';
import { rowStatements } from './row-statements.ts';
import type { AssetRow } from './schema.ts';
import type { CatalogTransaction } from './transaction.ts';

export function assetView(row: AssetRow): StoredAsset {
  return {
    libraryId: row.library_id as LibraryId,
    assetId: row.id as AssetId,
    layoutId: row.layout_id as LayoutId,
    policy: { k: row.data_columns, m: row.parity_columns },
    header: asBytes(row.header),
    columnNodes: namedNodes(row),
    wrappedKey: asBytes(row.wrapped_key),
    epoch: row.epoch,
    lengthBytes: row.length_bytes,
    storedBytes: row.stored_bytes,
    degraded: row.degraded_since_ms !== null,
    mediaType: row.media_type,
    createdAtMs: row.created_at_ms,
  };
}

/** By column, the node whose copy counts. */
export function namedNodes(row: Pick<AssetRow, 'column_nodes'>): (NodeId | undefined)[] {
  return (JSON.parse(row.column_nodes) as (NodeId | null)[]).map((node) => node ?? undefined);
}

export function columnNodesToJson(nodes: StoredAsset['columnNodes']): string {
  return JSON.stringify(Array.from(nodes, (node) => node ?? null));
}

function assetRow(asset: StoredAsset): NewRow<'asset'> {
  return {
    vb: assetBucket(asset.assetId),
    id: asset.assetId,
    library_id: asset.libraryId,
    layout_id: asset.layoutId,
    data_columns: asset.policy.k,
    parity_columns: asset.policy.m,
    header: asset.header,
    column_nodes: columnNodesToJson(asset.columnNodes),
    wrapped_key: asset.wrappedKey,
    epoch: asset.epoch,
    length_bytes: asset.lengthBytes,
    stored_bytes: asset.storedBytes,
    media_type: asset.mediaType,
    degraded_since_ms: asset.degraded ? asset.createdAtMs : null,
    created_at_ms: asset.createdAtMs,
    orphaned_at_ms: null,
  };
}

export async function findAsset(from: Executor, id: string): Promise<AssetRow | undefined> {
  return from.first(rowStatements('asset').get, { vb: assetBucket(id), id });
}

/** True for an asset whose row was removed for good: a deletion wins over whatever is written under its key. */
export async function isForgotten(from: Executor, id: string): Promise<boolean> {
  return (await from.first(rowStatements('tombstone').get, assetTombstone(id))) !== undefined;
}

/** Where it is written that an asset's row was removed. */
export function assetTombstone(id: string) {
  const vb = assetBucket(id);
  return { vb, table_name: 'asset', row_key: JSON.stringify([vb, id]) };
}

/** A row that is there already stays: it may know of a repair that the caller does not. */
export async function addAsset(tx: CatalogTransaction, asset: StoredAsset): Promise<void> {
  if (!(await findAsset(tx, asset.assetId))) await tx.put('asset', assetRow(asset));
}

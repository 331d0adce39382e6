import { assetBucket } from '../ids.ts';
import { type Executor, prepared } from '../prepared.ts';
import type { CatalogTransaction } from '../transaction.ts';
import type { CompanionRow } from '../schema.ts';
import type { Touched } from './touched.ts';

const anyUse = prepared<{ vb: number; asset_id: string }, { track_id: number }>((db, param) =>
  db
    .selectFrom('asset_use')
    .select('track_id')
    .where('vb', '=', param('vb'))
    .where('asset_id', '=', param('asset_id'))
    .limit(1),
);

/** All tracks that use an asset, as their original, as a companion of it, or as their cover. */
export const usersOf = prepared<{ vb: number; asset_id: string }, { track_id: number }>((db, param) =>
  db
    .selectFrom('asset_use')
    .select('track_id')
    .where('vb', '=', param('vb'))
    .where('asset_id', '=', param('asset_id')),
);
/** A rendition is a companion and has one, its packet table, which has none. */
const MAX_GENERATIONS = 2;

export async function isAssetUsed(tx: Executor, assetId: string): Promise<boolean> {
  return (await tx.first(anyUse, { vb: assetBucket(assetId), asset_id: assetId })) !== undefined;
}

export function companionsOf(
  { rows }: CatalogTransaction,
  parentId: string,
): Promise<readonly CompanionRow[]> {
  return rows.all('companion', { vb: assetBucket(parentId), parent_asset_id: parentId });
}

interface UseChange {
  readonly assetId: string;
  readonly trackId: number;
  readonly isUsed: boolean;
}

/** A track begins or ceases to use an asset, and with it the asset's companions. */
export async function changeUse(
  tx: CatalogTransaction,
  touched: Touched,
  { assetId, trackId, isUsed }: UseChange,
  generations = MAX_GENERATIONS,
): Promise<void> {
  const use = { vb: assetBucket(assetId), asset_id: assetId, track_id: trackId };
  if (isUsed) tx.rows.write('asset_use', use);
  else tx.rows.delete('asset_use', use);
  touched.asset(assetId);
  if (generations === 0) return;
  for (const { asset_id } of await companionsOf(tx, assetId)) {
    if (asset_id === null) continue;
    await changeUse(tx, touched, { assetId: asset_id, trackId, isUsed }, generations - 1);
  }
}

/** What uses follow from in a companion's row. */
export type CompanionState = Pick<CompanionRow, 'parent_asset_id' | 'asset_id'>;

/** After a companion's row was written, or deleted: whoever uses its parent uses what it names now. */
export async function replaceCompanion(
  tx: CatalogTransaction,
  touched: Touched,
  before: CompanionState | undefined,
  after: CompanionState | undefined,
): Promise<void> {
  const parentId = (after ?? before)?.parent_asset_id;
  const [old, assetId] = [before?.asset_id ?? undefined, after?.asset_id ?? undefined];
  if (parentId === undefined || old === assetId) return;
  for (const id of [old, assetId]) if (id !== undefined) touched.asset(id);
  const users = await tx.rows.all('asset_use', { vb: assetBucket(parentId), asset_id: parentId });
  for (const { track_id: trackId } of users) {
    if (old !== undefined) await changeUse(tx, touched, { assetId: old, trackId, isUsed: false });
    if (assetId !== undefined) await changeUse(tx, touched, { assetId, trackId, isUsed: true });
  }
}

function assetKey(id: string) {
  return { vb: assetBucket(id), id };
}

/** Notes which of the touched assets nothing refers to any more, and answers them. */
export async function markOrphans(
  tx: CatalogTransaction,
  touched: Touched,
  nowMs: number,
): Promise<string[]> {
  const orphans: string[] = [];
  await tx.rows.load('asset', Array.from(touched.assets, assetKey));
  for (const id of touched.assets) {
    const row = await tx.rows.get('asset', assetKey(id));
    if (!row) continue;
    const isUsed =
      tx.rows.hasOne('asset_use', { vb: assetBucket(id), asset_id: id }) || (await isAssetUsed(tx, id));
    if (!isUsed) orphans.push(id);
    if (isUsed !== (row.orphaned_at_ms === null)) {
      await tx.put('asset', { ...row, orphaned_at_ms: isUsed ? null : nowMs });
    }
  }
  return orphans;
}

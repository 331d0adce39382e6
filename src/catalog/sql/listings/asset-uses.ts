import { assetBucket } from '../ids.ts';
import { type Executor, prepared } from '../prepared.ts';
import type { CatalogTransaction } from '../transaction.ts';
import { rowStatements } from '../row-statements.ts';
import type { Touched } from './touched.ts';

const anyUse = prepared<{ vb: number; asset_id: string }, { track_id: number }>((db, param) =>
  db
    .selectFrom('asset_use')
    .select('track_id')
    .where('vb', '=', param('vb'))
    .where('asset_id', '=', param('asset_id'))
    .limit(1),
);

export async function isAssetUsed(tx: Executor, assetId: string): Promise<boolean> {
  return (await tx.first(anyUse, { vb: assetBucket(assetId), asset_id: assetId })) !== undefined;
}

/** Notes which of the touched assets nothing refers to any more, and answers them. */
export async function markOrphans(
  tx: CatalogTransaction,
  touched: Touched,
  nowMs: number,
): Promise<string[]> {
  const { get } = rowStatements('asset');
  const orphans: string[] = [];
  for (const id of touched.assets) {
    const row = await tx.first(get, { vb: assetBucket(id), id });
    if (!row) continue;
    const isUsed = await isAssetUsed(tx, id);
    if (!isUsed) orphans.push(id);
    if (isUsed !== (row.orphaned_at_ms === null)) {
      await tx.put('asset', { ...row, orphaned_at_ms: isUsed ? null : nowMs });
    }
  }
  return orphans;
}

import type { AssetId, LayoutId, NodeId } from '../../core/index.ts';
import type { ColumnClaims, ColumnCopyRef } from '../port.ts';
import { columnNodesToJson, findAsset, namedNodes } from './assets.ts';
import type { Database } from './database.ts';
import { assetBucket } from './ids.ts';
import { type Executor, prepared } from './prepared.ts';
import type { AssetRow, ColumnClaimRow } from './schema.ts';

type CopyKey = Omit<ColumnClaimRow, 'owner'>;

const claimOf = prepared<CopyKey, { owner: string }>((db, param) =>
  db
    .selectFrom('column_claim')
    .select('owner')
    .where('vb', '=', param('vb'))
    .where('asset_id', '=', param('asset_id'))
    .where('layout_id', '=', param('layout_id'))
    .where('column_number', '=', param('column_number'))
    .where('node_id', '=', param('node_id')),
);
const putClaim = prepared<ColumnClaimRow, unknown>((db, param) =>
  db.replaceInto('column_claim').values({
    vb: param('vb'),
    asset_id: param('asset_id'),
    layout_id: param('layout_id'),
    column_number: param('column_number'),
    node_id: param('node_id'),
    owner: param('owner'),
  }),
);
const deleteClaim = prepared<ColumnClaimRow, unknown>((db, param) =>
  db
    .deleteFrom('column_claim')
    .where('vb', '=', param('vb'))
    .where('asset_id', '=', param('asset_id'))
    .where('layout_id', '=', param('layout_id'))
    .where('column_number', '=', param('column_number'))
    .where('node_id', '=', param('node_id'))
    .where('owner', '=', param('owner')),
);
/** There are as many as copies under way, and what killed workers left. */
const allClaims = prepared<Readonly<Record<string, never>>, ColumnClaimRow>((db) =>
  db.selectFrom('column_claim').selectAll(),
);

export function columnClaims(database: Database): ColumnClaims {
  return {
    claimColumns(copies, owner) {
      const [first] = copies;
      if (!first) return Promise.resolve([]);
      return database.transact(async (tx) => {
        const row = await findAsset(tx, first.assetId);
        const granted: ColumnCopyRef[] = [];
        for (const copy of row ? copies : []) {
          if (row && isNamed(row, copy)) continue;
          const claim = await tx.first(claimOf, keyOfCopy(copy));
          if (claim && claim.owner !== owner) continue;
          await tx.run(putClaim, { ...keyOfCopy(copy), owner });
          granted.push(copy);
        }
        return granted;
      });
    },

    moveColumn({ from, to, ...column }, owner) {
      return database.transact(async (tx) => {
        const row = await findAsset(tx, column.assetId);
        if (!row || !isNamed(row, { ...column, nodeId: from })) return false;
        const target = { ...keyOfCopy({ ...column, nodeId: to }), owner };
        if ((await tx.first(claimOf, target))?.owner !== owner) return false;
        await tx.run(deleteClaim, target);
        await tx.run(putClaim, { ...keyOfCopy({ ...column, nodeId: from }), owner });
        await tx.put('asset', {
          ...row,
          column_nodes: columnNodesToJson(namedNodes(row).with(column.column, to)),
        });
        return true;
      });
    },

    switchLayout(assetId, from, { layoutId, policy, columnNodes, storedBytes }, owner) {
      return database.transact(async (tx) => {
        const row = await findAsset(tx, assetId);
        if (row?.layout_id !== from) return false;
        for (const copy of copiesOf(assetId, layoutId, columnNodes)) {
          if ((await tx.first(claimOf, keyOfCopy(copy)))?.owner !== owner) return false;
        }
        for (const copy of copiesOf(assetId, layoutId, columnNodes)) {
          await tx.run(deleteClaim, { ...keyOfCopy(copy), owner });
        }
        for (const copy of copiesOf(assetId, from, namedNodes(row))) {
          await tx.run(putClaim, { ...keyOfCopy(copy), owner });
        }
        await tx.put('asset', {
          ...row,
          layout_id: layoutId,
          data_columns: policy.k,
          parity_columns: policy.m,
          column_nodes: columnNodesToJson(columnNodes),
          stored_bytes: storedBytes,
          degraded_since_ms: null,
        });
        return true;
      });
    },

    async releaseColumns(copies, owner) {
      if (copies.length === 0) return;
      await database.transact(async (tx) => {
        for (const copy of copies) await tx.run(deleteClaim, { ...keyOfCopy(copy), owner });
      });
    },

    inheritClaims(owner, hasEnded) {
      return database.transact(async (tx) => {
        const ended = (await tx.all(allClaims, {})).filter((claim) => hasEnded(claim.owner));
        for (const claim of ended) await tx.run(putClaim, { ...claim, owner });
        return ended.map((claim) => ({
          assetId: claim.asset_id as AssetId,
          layoutId: claim.layout_id as LayoutId,
          column: claim.column_number,
          nodeId: claim.node_id as NodeId,
        }));
      });
    },
  };
}

/** True for a copy that somebody is about to erase, or has not finished. */
export async function isClaimed(from: Executor, copy: ColumnCopyRef): Promise<boolean> {
  return (await from.first(claimOf, keyOfCopy(copy))) !== undefined;
}

function isNamed(row: AssetRow, { layoutId, column, nodeId }: ColumnCopyRef): boolean {
  return row.layout_id === layoutId && namedNodes(row)[column] === nodeId;
}

function* copiesOf(
  assetId: AssetId,
  layoutId: LayoutId,
  nodes: readonly (NodeId | undefined)[],
): Generator<ColumnCopyRef> {
  for (const [column, nodeId] of nodes.entries()) if (nodeId) yield { assetId, layoutId, column, nodeId };
}

function keyOfCopy({ assetId, layoutId, column, nodeId }: ColumnCopyRef): CopyKey {
  return {
    vb: assetBucket(assetId),
    asset_id: assetId,
    layout_id: layoutId,
    column_number: column,
    node_id: nodeId,
  };
}

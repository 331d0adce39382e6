import type { AssetId } from '../../core/index.ts';
import type {
  CatalogImporter,
  CatalogMaintenance,
  CatalogReader,
  Companion,
  CompanionKind,
  StoredAsset,
} from '../port.ts';
import { addAsset, assetView, findAsset, isForgotten } from './assets.ts';
import type { Database } from './database.ts';
import { grouped, tableWalk } from './changes/walk.ts';
import { selectFromList, tupleIn } from './dialect.ts';
import { assetBucket } from './ids.ts';
import type { Items } from './items.ts';
import type { Listings } from './listings/listings.ts';
import { writeTracks } from './listings/write.ts';
import { type Executor, preparedList } from './prepared.ts';
import { rowStatements } from './row-statements.ts';
import type { CompanionRow, TrackRow } from './schema.ts';
import type { CatalogTransaction } from './transaction.ts';

/** Tracks looked at in one go; whoever else waits for the database gets a turn in between. */
const TRACKS_AT_ONCE = 500;

const trackWalk = tableWalk('track', ['vb', 'id']);
const companionsOfKind = preparedList<string, { kind: CompanionKind }, Pick<CompanionRow, 'parent_asset_id'>>(
  (parentId) => [assetBucket(parentId), parentId],
  (db, tuples, param) =>
    selectFromList(db, 'companion')
      .select('parent_asset_id')
      .where(tupleIn(db, ['vb', 'parent_asset_id'], tuples))
      .where('kind', '=', param('kind')),
);

function keyOfCompanion(parentId: AssetId, kind: CompanionKind) {
  return { vb: assetBucket(parentId), parent_asset_id: parentId, kind };
}

/** Undefined where there is none, and where its asset is not known any more: then it is to be made again. */
async function standing(from: Executor, parentId: AssetId, kind: CompanionKind) {
  const row = await from.first(rowStatements('companion').get, keyOfCompanion(parentId, kind));
  if (!row || row.asset_id === null) return { row, isUnavailable: row !== undefined };
  return { row, isUnavailable: false, asset: await findAsset(from, row.asset_id) };
}

/**
 * The first one that was sealed stays: a later one is known, and orphaned, as is one whose parent is gone.
 * Answers whether this one stands.
 */
export async function addCompanion(
  tx: CatalogTransaction,
  listings: Listings,
  { parentId, kind, asset }: Companion,
  nowMs: number,
): Promise<boolean> {
  if (asset && (await isForgotten(tx, asset.assetId))) return false;
  if (asset) {
    await addAsset(tx, asset);
    listings.touched.asset(asset.assetId);
  }
  const parent = await findAsset(tx, parentId);
  if (!parent) return false;
  const known = await standing(tx, parentId, kind);
  if (known.asset || (known.isUnavailable && !asset)) return known.asset?.id === asset?.assetId;
  const after = {
    ...keyOfCompanion(parentId, kind),
    library_id: parent.library_id,
    asset_id: asset?.assetId ?? null,
    created_at_ms: asset?.createdAtMs ?? nowMs,
  };
  await tx.put('companion', after);
  await listings.replaceCompanion(known.row, after);
  return true;
}

export function companionCatalog(
  database: Database,
  items: Items,
  now: () => number,
): Pick<CatalogReader, 'companion'> &
  Pick<CatalogImporter, 'addCompanion'> &
  Pick<CatalogMaintenance, 'originalsWithout'> {
  return {
    async companion(parentId, kind): Promise<Companion | undefined> {
      const row = await database.first(rowStatements('companion').get, keyOfCompanion(parentId, kind));
      if (!row) return undefined;
      if (row.asset_id === null) return { parentId, kind };
      const asset = await items.asset(row.asset_id as AssetId);
      return asset && { parentId, kind, asset };
    },

    async addCompanion(companion) {
      const nowMs = now();
      const { result } = await writeTracks(database, nowMs, (tx, listings) =>
        addCompanion(tx, listings, companion, nowMs),
      );
      return result;
    },

    async *originalsWithout(kind): AsyncGenerator<StoredAsset> {
      for await (const tracks of grouped(trackWalk.rows(database, [-1]), TRACKS_AT_ONCE)) {
        const originals = tracks.map((row) => (row as unknown as TrackRow).original_asset_id);
        const have = await database.list(companionsOfKind, originals, { kind });
        const lacking = new Set(originals).difference(
          new Set(have.map(({ parent_asset_id }) => parent_asset_id)),
        );
        for (const id of lacking) {
          const row = await findAsset(database, id);
          if (row) yield assetView(row);
        }
      }
    },
  };
}

import { type AssetId, bucketOf, type LayoutId } from '../../core/index.ts';
import type { AssetExchange, CatalogMaintenance, Companion } from '../port.ts';
import { addAsset, assetView, findAsset } from './assets.ts';
import { tableWalk } from './changes/walk.ts';
import { addCompanion } from './companions.ts';
import type { Database } from './database.ts';
import { assetBucket } from './ids.ts';
import { coverKey } from './import/import-track.ts';
import { isAssetUsed, usersOf } from './listings/asset-uses.ts';
import type { Listings } from './listings/listings.ts';
import { writeTracks } from './listings/write.ts';
import { rowStatements } from './row-statements.ts';
import type { AssetRow } from './schema.ts';
import type { CatalogTransaction } from './transaction.ts';

export type ExchangeCatalog = Pick<
  CatalogMaintenance,
  'assetsOfEpochs' | 'assetInUse' | 'exchangeAsset' | 'addOrphan'
>;

const assetWalk = tableWalk('asset', ['vb', 'id']);

/** A cover may be that of a whole collection: others get a turn in between. */
const TRACKS_AT_ONCE = 300;

/** For sealing anew what is sealed under an old epoch. */
export function exchangeCatalog(database: Database, now: () => number): ExchangeCatalog {
  return {
    async *assetsOfEpochs(epochs) {
      for await (const row of assetWalk.rows(database, [-1])) {
        // A walk of the asset table.
        const { id, layout_id, epoch, stored_bytes, orphaned_at_ms } = row as unknown as AssetRow;
        if (!epochs.has(epoch)) continue;
        yield {
          assetId: id as AssetId,
          layoutId: layout_id as LayoutId,
          epoch,
          storedBytes: stored_bytes,
          isReferenced: orphaned_at_ms === null,
        };
      }
    },

    async assetInUse(id) {
      const row = await findAsset(database, id);
      return row && (await isAssetUsed(database, id)) ? assetView(row) : undefined;
    },

    async exchangeAsset(exchange) {
      const orphaned = new Set<AssetId>();
      for (;;) {
        const nowMs = now();
        const { result: isDone, orphans } = await writeTracks(database, nowMs, (tx, listings) =>
          exchangeIn(tx, listings, exchange, nowMs),
        );
        for (const id of orphans) orphaned.add(id as AssetId);
        if (isDone) return [...orphaned];
      }
    },

    async addOrphan(asset) {
      await writeTracks(database, now(), async (tx, listings) => {
        await addAsset(tx, asset);
        listings.touched.asset(asset.assetId);
      });
    },
  };
}

/** False where tracks are left for another transaction. */
async function exchangeIn(
  tx: CatalogTransaction,
  listings: Listings,
  exchange: AssetExchange,
  nowMs: number,
): Promise<boolean> {
  await addAsset(tx, exchange.to);
  // Noted as an orphan unless something is found that refers to it from now on.
  listings.touched.asset(exchange.to.assetId);
  switch (exchange.kind) {
    case 'original':
      await exchangeOnTracks(tx, listings, exchange, 'original_asset_id', Number.POSITIVE_INFINITY);
      await addCompanions(tx, listings, exchange.companions, nowMs);
      return true;
    case 'companion':
      await exchangeCompanion(tx, listings, exchange);
      await addCompanions(tx, listings, exchange.companions, nowMs);
      return true;
    default: {
      const key = coverKey(exchange.to.libraryId, exchange.coverHash);
      const cover = await tx.first(rowStatements('cover').get, key);
      if (cover?.asset_id === exchange.from) {
        await tx.put('cover', { ...key, library_id: cover.library_id, asset_id: exchange.to.assetId });
      }
      return exchangeOnTracks(tx, listings, exchange, 'cover_asset_id', TRACKS_AT_ONCE);
    }
  }
}

/** True where no track is left that has the asset of before in this place. */
async function exchangeOnTracks(
  tx: CatalogTransaction,
  listings: Listings,
  { from, to }: Pick<AssetExchange, 'from' | 'to'>,
  column: 'original_asset_id' | 'cover_asset_id',
  most: number,
): Promise<boolean> {
  let left = most;
  for (const { track_id: id } of await tx.all(usersOf, { vb: assetBucket(from), asset_id: from })) {
    const before = await tx.first(rowStatements('track').get, { vb: bucketOf(id), id });
    if (before?.[column] !== from) continue;
    if (left-- === 0) return false;
    const after = { ...before, [column]: to.assetId };
    await tx.put('track', after);
    await listings.replaceTrack(before, after);
  }
  return true;
}

async function exchangeCompanion(
  tx: CatalogTransaction,
  listings: Listings,
  { from, to, of, as }: Extract<AssetExchange, { kind: 'companion' }>,
): Promise<void> {
  const key = { vb: assetBucket(of), parent_asset_id: of, kind: as };
  const before = await tx.first(rowStatements('companion').get, key);
  if (before?.asset_id !== from) return;
  const after = { ...before, asset_id: to.assetId };
  await tx.put('companion', after);
  await listings.replaceCompanion(before, after);
}

async function addCompanions(
  tx: CatalogTransaction,
  listings: Listings,
  companions: readonly Companion[],
  nowMs: number,
): Promise<void> {
  for (const companion of companions) await addCompanion(tx, listings, companion, nowMs);
}

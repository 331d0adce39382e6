import { bucketOf, ClefError, type AssetId, type LayoutId, type TrackId } from '../../core/index.ts';
import type { CatalogMaintenance, StoredAsset } from '../port.ts';
import { addAsset, assetView, columnNodesToJson, findAsset, isForgotten, namedNodes } from './assets.ts';
import { skipSequences } from './changes/sequences.ts';
import { tableWalk } from './changes/walk.ts';
import { isClaimed } from './column-claims.ts';
import type { Database } from './database.ts';
import type { ExchangeCatalog } from './exchange.ts';
import { assetBucket, libraryBucket } from './ids.ts';
import { fileRow, noSource } from './import/files.ts';
import { writeTrack } from './import/import-track.ts';
import { companionsOf, isAssetUsed } from './listings/asset-uses.ts';
import { writeTracks } from './listings/write.ts';
import { prepared } from './prepared.ts';
import { rowStatements } from './row-statements.ts';
import type { AssetRow } from './schema.ts';
import { rowKey } from './views.ts';

const assetWalk = tableWalk('asset', ['vb', 'id']);
const degradedWalk = tableWalk('asset', ['degraded_since_ms', 'vb', 'id']);
const orphanWalk = tableWalk('asset', ['orphaned_at_ms', 'vb', 'id']);

const assetCount = prepared<Readonly<Record<string, never>>, { count: number; bytes: number | null }>((db) =>
  db
    .selectFrom('asset')
    .select(({ fn }) => [
      fn.countAll<number>().as('count'),
      fn.sum<number | null>('stored_bytes').as('bytes'),
    ]),
);
const degradedCount = prepared<Readonly<Record<string, never>>, { count: number }>((db) =>
  db
    .selectFrom('asset')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('degraded_since_ms', 'is not', null),
);
const tracksUsing = prepared<{ vb: number; asset_id: string }, { track_id: number }>((db, param) =>
  db
    .selectFrom('asset_use')
    .select('track_id')
    .where('vb', '=', param('vb'))
    .where('asset_id', '=', param('asset_id'))
    .orderBy('track_id')
    .limit(1),
);
const fileOfContent = prepared<
  { vb: number; library_id: string; content_hash: Uint8Array },
  { track_id: number }
>((db, param) =>
  db
    .selectFrom('source_file')
    .select('track_id')
    .where('vb', '=', param('vb'))
    .where('library_id', '=', param('library_id'))
    .where('content_hash', '=', param('content_hash'))
    .limit(1),
);

export function catalogMaintenance(
  database: Database,
  now: () => number,
): Omit<CatalogMaintenance, 'originalsWithout' | keyof ExchangeCatalog> {
  async function isReferenced(row: AssetRow): Promise<boolean> {
    return row.orphaned_at_ms === null || (await isAssetUsed(database, row.id));
  }

  async function* assets(rows: AsyncIterable<unknown>): AsyncGenerator<AssetRow> {
    // Walks of the asset table.
    for await (const row of rows) yield row as AssetRow;
  }

  return {
    async removeTrack(id) {
      const { orphans } = await writeTracks(database, now(), async (tx, listings) => {
        const before = await tx.first(rowStatements('track').get, rowKey(id));
        if (!before) throw new ClefError('not-found', 'no track has this id');
        await tx.remove('track', rowKey(id));
        await tx.remove('lyrics', { vb: bucketOf(id), track_id: id });
        await listings.replaceTrack(before, undefined);
      });
      return { assets: orphans as AssetId[] };
    },

    async setColumnNodes({ assetId, layoutId, before, columnNodes, degraded }) {
      const nowMs = now();
      return database.transact(async (tx) => {
        const row = await findAsset(tx, assetId);
        if (row?.layout_id !== layoutId) return false;
        const named = namedNodes(row);
        const nodes = [];
        let isKept = false;
        for (const [column, nodeId] of columnNodes.entries()) {
          const now = named[column];
          const isStale =
            nodeId !== now &&
            (now !== before[column] ||
              (nodeId !== undefined && (await isClaimed(tx, { assetId, layoutId, column, nodeId }))));
          nodes.push(isStale ? now : nodeId);
          isKept ||= isStale;
        }
        const isShort = degraded || (isKept && row.degraded_since_ms !== null);
        await tx.put('asset', {
          ...row,
          column_nodes: columnNodesToJson(nodes),
          degraded_since_ms: isShort ? (row.degraded_since_ms ?? nowMs) : null,
        });
        return true;
      });
    },

    async *degradedAssets() {
      for await (const row of assets(degradedWalk.rows(database, [-1, -1]))) yield assetView(row);
    },

    async *storedAssets() {
      for await (const row of assets(assetWalk.rows(database, [-1]))) yield assetView(row);
    },

    async *assetsInUse() {
      for await (const row of assets(assetWalk.rows(database, [-1]))) {
        if (await isReferenced(row)) yield assetView(row);
      }
    },

    async titleOf(id) {
      const user = await database.first(tracksUsing, { vb: assetBucket(id), asset_id: id });
      const track = user && (await database.first(rowStatements('track').get, rowKey(user.track_id)));
      return track && { title: track.title, artist: track.display_artist };
    },

    async assetCounts() {
      const [all, degraded] = await Promise.all([
        database.patient.first(assetCount, {}),
        database.patient.first(degradedCount, {}),
      ]);
      return { assets: all?.count ?? 0, storedBytes: all?.bytes ?? 0, degraded: degraded?.count ?? 0 };
    },

    async *assetReferences() {
      for await (const row of assets(assetWalk.rows(database, [-1]))) {
        yield {
          assetId: row.id as AssetId,
          layoutId: row.layout_id as LayoutId,
          isReferenced: await isReferenced(row),
        };
      }
    },

    async *orphanedAssets(sinceBeforeMs): AsyncGenerator<StoredAsset> {
      for await (const row of assets(orphanWalk.rows(database, [-1, -1]))) {
        if ((row.orphaned_at_ms ?? sinceBeforeMs) >= sinceBeforeMs) return;
        if (!(await isAssetUsed(database, row.id))) yield assetView(row);
      }
    },

    async forgetAsset(id) {
      await database.transact(async (tx) => {
        if (await isAssetUsed(tx, id)) {
          throw new ClefError('catalog-conflict', `asset ${id} is in use`);
        }
        const vb = assetBucket(id);
        for (const { kind } of await companionsOf(tx, id)) {
          await tx.remove('companion', { vb, parent_asset_id: id, kind });
        }
        await tx.remove('asset', { vb, id });
      });
    },

    async adoptTrack({ contentHash, ...content }) {
      const { libraryId, assetId } = content.original;
      const assetKey = { vb: assetBucket(assetId), asset_id: assetId };
      const { result } = await writeTracks(database, now(), async (tx, listings) => {
        const user = await tx.first(tracksUsing, assetKey);
        if (user) return user.track_id as TrackId;
        if ((await findAsset(tx, assetId)) || (await isForgotten(tx, assetId))) return undefined;
        const vb = libraryBucket(libraryId);
        const known = await tx.first(fileOfContent, {
          vb,
          library_id: libraryId,
          content_hash: contentHash,
        });
        if (known) {
          await addAsset(tx, content.original);
          listings.touched.asset(assetId);
          return undefined;
        }
        const trackId = await writeTrack(tx, listings, content);
        await tx.put(
          'source_file',
          fileRow(libraryId, {
            sourceId: noSource(libraryId),
            pathKey: assetId,
            trackId,
            contentHash,
            lengthBytes: content.original.lengthBytes,
            modifiedNs: '0',
            deviceAndInode: '',
            sidecars: '',
          }),
        );
        return trackId;
      });
      return result;
    },

    async skipIds() {
      await database.transact(
        async (tx) => {
          tx.afterCommit(() => database.forgetEverything());
          await skipSequences(tx);
        },
        { isPatient: true },
      );
    },
  };
}

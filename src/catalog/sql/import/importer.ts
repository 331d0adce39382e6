import { bucketOf, ClefError, type LibraryId } from '../../../core/index.ts';
import type { CatalogImporter, ImportedTrack, MusicSource, SourceFile } from '../../port.ts';
import type { Database } from '../database.ts';
import { isMysql } from '../dialect.ts';
import { libraryBucket } from '../ids.ts';
import type { Items } from '../items.ts';
import { putLibrary } from '../libraries.ts';
import type { Listings } from '../listings/listings.ts';
import { writeTracks } from '../listings/write.ts';
import { prepared } from '../prepared.ts';
import type { SourceFileRow, SourceRow } from '../schema.ts';
import type { CatalogTransaction } from '../transaction.ts';
import { currentFile, fileRow, fileView, findContent, findFile, noteMissing } from './files.ts';
import {
  ImportLanes,
  type LaneOptions,
  LANES_OF_MYSQL,
  LANES_OF_SHARDS,
  LANES_OF_SQLITE,
} from './import-lanes.ts';
import { findCover, importTrack } from './import-track.ts';
import { loadBatch } from './load-batch.ts';
import { addUpload } from './upload.ts';

/** Files read at once while a source is walked. */
const FILES_PER_PAGE = 500;

/** Of 700 characters that the index takes; the rest is for what marks a path that lost its place. */
const LONGEST_PATH_KEY_OF_MYSQL = 600;

type NoParams = Readonly<Record<string, never>>;

const allSources = prepared<NoParams, SourceRow>((db) =>
  db.selectFrom('source').selectAll().orderBy('vb').orderBy('id'),
);
const nextFiles = prepared<{ vb: number; source_id: number; after: string; limit: number }, SourceFileRow>(
  (db, param) =>
    db
      .selectFrom('source_file')
      .selectAll()
      .where('vb', '=', param('vb'))
      .where('source_id', '=', param('source_id'))
      .where('path_key', '>', param('after'))
      .orderBy('path_key')
      .limit(param('limit')),
);
const filesByInode = prepared<{ vb: number; source_id: number; device_inode: string }, SourceFileRow>(
  (db, param) =>
    db
      .selectFrom('source_file')
      .selectAll()
      .where('vb', '=', param('vb'))
      .where('source_id', '=', param('source_id'))
      .where('device_inode', '=', param('device_inode'))
      .where('gone', '=', 0)
      .orderBy('path_hash'),
);
function sourceView({ id, library_id, root }: SourceRow): MusicSource {
  return { id, libraryId: library_id as LibraryId, root };
}

export function createImporter(
  database: Database,
  items: Items,
  now: () => number,
): Omit<CatalogImporter, 'addCompanion'> {
  const importTracks = async (tracks: readonly ImportedTrack[]) => {
    const write = async (tx: CatalogTransaction, listings: Listings) => {
      await loadBatch(tx, tracks);
      const ids = [];
      for (const track of tracks) ids.push(await importTrack(tx, listings, track, now()));
      return ids;
    };
    return (await writeTracks(database, now(), write, { locksGaps: false })).result;
  };
  const lanes = new ImportLanes(importTracks, lanesOf(database));

  async function setMissing(files: readonly SourceFile[], sinceMs: number | null): Promise<void> {
    await writeTracks(database, now(), async (tx, listings) => {
      for (const file of files) {
        const row = await findFile(tx, file.sourceId, file.pathKey);
        if (row?.track_id !== file.trackId) continue;
        if ((row.missing_since_ms === null) === (sinceMs === null)) continue;
        await tx.put('source_file', { ...row, missing_since_ms: sinceMs });
        await noteMissing(tx, listings, row.track_id, now());
      }
    });
  }

  return {
    longestPathKey: isMysql(database.db) ? LONGEST_PATH_KEY_OF_MYSQL : Number.POSITIVE_INFINITY,

    async ensureLibrary(id, name) {
      await database.transact((tx) => putLibrary(tx, id, name));
    },

    async ensureSource(libraryId, root) {
      return database.transact(async (tx) => {
        const known = await tx.all(allSources, {});
        const row = known.find((source) => source.library_id === libraryId && source.root === root);
        if (row) return sourceView(row);
        const vb = libraryBucket(libraryId);
        const id = await tx.nextId<number>(vb);
        await tx.put('source', { vb, id, library_id: libraryId, root });
        return { id, libraryId, root };
      });
    },

    async sources() {
      return (await database.all(allSources, {})).map(sourceView);
    },

    async removeSource(id) {
      await database.transact((tx) => tx.remove('source', { vb: bucketOf(id), id }));
    },

    async *sourceFiles(sourceId, prefix = '') {
      const key = { vb: bucketOf(sourceId), source_id: sourceId, limit: FILES_PER_PAGE };
      // A prefix sorts before all that begins with it, and these lie together.
      let after = prefix;
      for (;;) {
        const rows = await database.all(nextFiles, { ...key, after });
        for (const row of rows) {
          if (!row.path_key.startsWith(prefix)) return;
          if (row.gone === 0) yield fileView(row);
        }
        const last = rows.at(-1);
        if (!last || rows.length < FILES_PER_PAGE) return;
        after = last.path_key;
      }
    },

    async fileAt(sourceId, pathKey) {
      const row = await findFile(database, sourceId, pathKey);
      return row && fileView(row);
    },

    async fileByInode(sourceId, deviceAndInode) {
      if (deviceAndInode === '') return [];
      const key = { vb: bucketOf(sourceId), source_id: sourceId, device_inode: deviceAndInode };
      return (await database.all(filesByInode, key)).map(fileView);
    },

    async fileByHash(libraryId, contentHash) {
      return (await findContent(database, libraryId, contentHash)).map(fileView);
    },

    coverByHash: (libraryId, coverHash) => findCover(database, libraryId, coverHash),
    originalOf: (id) => items.originalOf(id),
    importTrack: (track) => lanes.add(track),

    async moveFile(from, to) {
      await writeTracks(database, now(), async (tx, listings) => {
        const row = await currentFile(tx, from);
        const isElsewhere = from.sourceId !== to.sourceId || from.pathKey !== to.pathKey;
        if (isElsewhere) {
          if (await findFile(tx, to.sourceId, to.pathKey)) {
            throw new ClefError(
              'catalog-conflict',
              'another file of the source has the path that one moved to',
            );
          }
          await tx.put('source_file', { ...row, gone: 1 });
        }
        const { trackId, contentHash } = fileView(row);
        await tx.put('source_file', fileRow(row.library_id, { ...to, trackId, contentHash }));
        await noteMissing(tx, listings, trackId, now());
      });
    },

    async addDuplicate(file) {
      await writeTracks(database, now(), async (tx, listings) => {
        const source = (await tx.all(allSources, {})).find(({ id }) => id === file.sourceId);
        if (!source) throw new ClefError('not-found', 'no source has this id');
        const replaced = await findFile(tx, file.sourceId, file.pathKey);
        await tx.put('source_file', fileRow(source.library_id, file));
        await noteMissing(tx, listings, file.trackId, now());
        if (replaced && replaced.track_id !== file.trackId) {
          await noteMissing(tx, listings, replaced.track_id, now());
        }
      });
    },

    async addUpload(track) {
      const { result } = await writeTracks(database, now(), (tx, listings) => addUpload(tx, listings, track));
      return result;
    },

    markMissing: (files, sinceMs) => setMissing(files, sinceMs),
    markPresent: (files) => setMissing(files, null),
  };
}

function lanesOf({ db, lanes }: Database): LaneOptions {
  if (!isMysql(db)) return LANES_OF_SQLITE;
  return lanes === 'one' ? LANES_OF_MYSQL : LANES_OF_SHARDS;
}

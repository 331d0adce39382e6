import type {
  CatalogAnnotations,
  CatalogImporter,
  CatalogMaintenance,
  CatalogReader,
  ChangeReader,
  ChangeStream,
  ColumnClaims,
} from '../port.ts';
import { annotationWriter } from './annotations.ts';
import { browsingReader } from './browse.ts';
import { ViewCaches } from './caches.ts';
import { applyChanges } from './changes/apply.ts';
import { columnClaims } from './column-claims.ts';
import { companionCatalog } from './companions.ts';
import type { Database } from './database.ts';
import { exchangeCatalog } from './exchange.ts';
import { folderReader } from './folders.ts';
import { createImporter } from './import/importer.ts';
import { Items } from './items.ts';
import { Libraries } from './libraries.ts';
import { listReader } from './lists.ts';
import { catalogMaintenance } from './maintenance.ts';
import { ListPager } from './pager.ts';
import { playQueueStore } from './play-queue.ts';
import { Playlists } from './playlists.ts';
import type { KeptPlays } from './plays/kept-plays.ts';

export type SqlCatalog = CatalogReader &
  CatalogAnnotations &
  CatalogImporter &
  CatalogMaintenance &
  ColumnClaims &
  ChangeStream;

export interface SqlCatalogOptions {
  /** ms since the epoch. */
  readonly now?: () => number;
  /** In [0, 1): what `random` lists draw from. */
  readonly random?: () => number;
  /** Takes plays while the database is away; without it they are refused. */
  readonly keptPlays?: KeptPlays | undefined;
}

/** The catalogue's ports over one database. One a database, since it is what its caches are told by. */
export function createSqlCatalog(database: Database, options: SqlCatalogOptions = {}): SqlCatalog {
  const { now = Date.now, random = Math.random, keptPlays } = options;
  const caches = new ViewCaches(database);
  const items = new Items(database, caches);
  // What is shown, and decides nothing.
  const from = database.replicas;
  const shown = new Items(from, caches);
  const libraries = new Libraries(database);
  const playlists = new Playlists(database, caches, now);
  return {
    ...browsingReader({ from, patient: database.patient, items: shown, libraries, caches }),
    ...listReader({ from, items: shown, libraries, pager: new ListPager(now), random }),
    ...folderReader(database),
    ...annotationWriter(database, now, keptPlays),
    ...playQueueStore(database, now),
    playlists: (viewer) => playlists.playlists(viewer),
    playlist: (id, viewer) => playlists.playlist(id, viewer),
    createPlaylist: (user, name, tracks) => playlists.createPlaylist(user, name, tracks),
    updatePlaylist: (user, id, change) => playlists.updatePlaylist(user, id, change),
    deletePlaylist: (user, id) => playlists.deletePlaylist(user, id),
    ...createImporter(database, items, now),
    ...catalogMaintenance(database, now),
    ...columnClaims(database),
    ...companionCatalog(database, items, now),
    ...exchangeCatalog(database, now),
    ...changeReader(database),
    apply: (changes) => applyChanges(database, changes),
  };
}

/** Methods of an object of a class, which spreading would leave behind. */
function changeReader({ changes }: Database): ChangeReader {
  return {
    catalogId: () => changes.catalogId(),
    changesAfter: (after, limit) => changes.changesAfter(after, limit),
    lastSeq: () => changes.lastSeq(),
    trimmedUpTo: () => changes.trimmedUpTo(),
    snapshot: (tables) => changes.snapshot(tables),
    trim: (upToSeq) => changes.trim(upToSeq),
    onCommit: (listener) => changes.onCommit(listener),
  };
}

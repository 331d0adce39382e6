import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { APPLICATION_ID, FORMAT, INDEXES, SEARCH_KINDS, TABLES } from './schema.ts';
import { firstRow, prepareRows, rows } from './statements.ts';
import { fillVocabulary } from './vocabulary.ts';

const LIVE_CACHE_KIB = 8 * 1024;
const BUILD_CACHE_KIB = 64 * 1024;
const BUILD_HASH_BYTES = 64 * 1024 * 1024;
// What FTS5 takes where nothing is set (https://sqlite.org/fts5.html, "Special INSERT Directives").
const DEFAULT_AUTOMERGE = 4;
const DEFAULT_HASH_BYTES = 1024 * 1024;

/** Opens the index that answers; an empty one where the file is absent, damaged or of another format. */
export function openLiveFile(path: string): DatabaseSync {
  const existing = tryOpen(path);
  if (existing) return existing;
  removeFile(path);
  const database = openAlone(path);
  configureLive(database);
  database.exec(TABLES);
  database.exec(INDEXES);
  return database;
}

/** An empty file to fill at once. Nothing of it counts until it was finished and put in place. */
export function createBuildFile(path: string): DatabaseSync {
  removeFile(path);
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA cache_size = -${BUILD_CACHE_KIB};
    ${TABLES}
  `);
  for (const table of fullTextTables(database)) {
    // Few large segments, merged once at the end.
    database.exec(`
      INSERT INTO ${table} (${table}, rank) VALUES ('automerge', 0);
      INSERT INTO ${table} (${table}, rank) VALUES ('hashsize', ${BUILD_HASH_BYTES});
    `);
  }
  return database;
}

/**
 * Merges what was built, makes what is looked up by, goes back to the settings of a live file, closes it and makes it
 * durable. `writeMore` is called when the file can be written to like a live one.
 */
export function finishBuildFile(database: DatabaseSync, path: string, writeMore: () => void): void {
  for (const kind of SEARCH_KINDS)
    database.exec(`INSERT INTO ${kind}_term (${kind}_term) VALUES ('optimize')`);
  fillVocabulary(database);
  database.exec(INDEXES);
  writeMore();
  for (const table of fullTextTables(database)) {
    database.exec(`
      INSERT INTO ${table} (${table}, rank) VALUES ('automerge', ${DEFAULT_AUTOMERGE});
      INSERT INTO ${table} (${table}, rank) VALUES ('hashsize', ${DEFAULT_HASH_BYTES});
    `);
  }
  database.close();
  syncPath(path);
}

/** Neither file may be open. After a crash at any moment there is the old index or the new one. */
export function putInPlace(builtPath: string, livePath: string): void {
  removeLogs(livePath);
  renameSync(builtPath, livePath);
  // Windows cannot open a folder to sync it, and needs no such thing.
  if (process.platform !== 'win32') syncPath(dirname(livePath));
}

export function removeFile(path: string): void {
  rmSync(path, { force: true });
  removeLogs(path);
}

function tryOpen(path: string): DatabaseSync | undefined {
  const database = openAlone(path);
  try {
    if (
      pragma(database, 'application_id') === APPLICATION_ID &&
      pragma(database, 'user_version') === FORMAT
    ) {
      configureLive(database);
      return database;
    }
  } catch {
    // Not a database, or broken from its first page on: the same as none.
  }
  database.close();
  return undefined;
}

/** With the lock kept, a query takes none: half the time of the small ones. Said before anything else is. */
function openAlone(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA locking_mode = EXCLUSIVE');
  return database;
}

function configureLive(database: DatabaseSync): void {
  // Killed at any moment it loses nothing; a power cut may take the last commits, but then their position
  // with them, and they are followed again.
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA cache_size = -${LIVE_CACHE_KIB};
  `);
}

function pragma(database: DatabaseSync, name: string): number | undefined {
  return firstRow<[number]>(prepareRows(database, `PRAGMA ${name}`))?.[0];
}

export function fullTextTables(database: DatabaseSync): string[] {
  const named = prepareRows(database, `SELECT name FROM sqlite_schema WHERE sql LIKE '%USING fts5%'`);
  return rows<[string]>(named).map(([name]) => name);
}

function removeLogs(path: string): void {
  for (const suffix of ['-wal', '-shm', '-journal']) rmSync(`${path}${suffix}`, { force: true });
}

function syncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

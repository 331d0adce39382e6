import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { firstRow, prepareRows } from './statements.ts';

const LIVE_CACHE_KIB = 8 * 1024;
const BUILD_CACHE_KIB = 64 * 1024;

/** What a file of a projection has in it. */
export interface FileFormat {
  /** Tells the file from any other SQLite file. */
  readonly applicationId: number;
  /** Grows with the tables and what is in them; a file of another one is rebuilt. */
  readonly version: number;
  readonly schema: string;
  /** What is made once a built file is full, so that it is sorted once. */
  readonly indexes?: string;
}

/** Opens the file that answers; an empty one where it is absent, damaged or of another format. */
export function openLiveFile(path: string, format: FileFormat): DatabaseSync {
  const existing = tryOpen(path, format);
  if (existing) return existing;
  removeFile(path);
  const database = openAlone(path);
  configureLive(database);
  createTables(database, format);
  if (format.indexes !== undefined) database.exec(format.indexes);
  return database;
}

/** An empty file to fill at once. Nothing of it counts until it was closed by `closeBuilt` and put in place. */
export function createBuildFile(path: string, format: FileFormat): DatabaseSync {
  removeFile(path);
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA cache_size = -${BUILD_CACHE_KIB};
  `);
  createTables(database, format);
  return database;
}

/** Closes what was built and makes it durable. */
export function closeBuilt(database: DatabaseSync, path: string): void {
  database.close();
  syncPath(path);
}

/** Neither file may be open. After a crash at any moment there is the old file or the new one. */
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

function createTables(database: DatabaseSync, { applicationId, version, schema }: FileFormat): void {
  database.exec(`
    ${schema}
    PRAGMA application_id = ${applicationId};
    PRAGMA user_version = ${version};
  `);
}

function tryOpen(path: string, { applicationId, version }: FileFormat): DatabaseSync | undefined {
  const database = openAlone(path);
  try {
    if (
      pragma(database, 'application_id') === applicationId &&
      pragma(database, 'user_version') === version
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
    PRAGMA cache_size = -${LIVE_CACHE_KIB};
  `);
}

function pragma(database: DatabaseSync, name: string): number | undefined {
  return firstRow<[number]>(prepareRows(database, `PRAGMA ${name}`))?.[0];
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

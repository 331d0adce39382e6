import type { DatabaseSync } from 'node:sqlite';
import { closeBuilt, createBuildFile, prepareRows, rows } from '../../projection/sqlite/index.ts';
import { SEARCH_FILE } from './schema.ts';

const BUILD_HASH_BYTES = 64 * 1024 * 1024;
// What FTS5 takes where nothing is set (https://sqlite.org/fts5.html, "Special INSERT Directives").
const DEFAULT_AUTOMERGE = 4;
const DEFAULT_HASH_BYTES = 1024 * 1024;

/** An empty index to fill at once. Nothing of it counts until it was finished and put in place. */
export function createBuildIndex(path: string): DatabaseSync {
  const database = createBuildFile(path, SEARCH_FILE);
  for (const table of fullTextTables(database)) {
    // Few large segments, merged once at the end.
    database.exec(`
      INSERT INTO ${table} (${table}, rank) VALUES ('automerge', 0);
      INSERT INTO ${table} (${table}, rank) VALUES ('hashsize', ${BUILD_HASH_BYTES});
    `);
  }
  return database;
}

/** Merges what was built, goes back to the settings of a live file, closes it and makes it durable. */
export function finishBuildIndex(database: DatabaseSync, path: string): void {
  for (const table of fullTextTables(database)) {
    database.exec(`
      INSERT INTO ${table} (${table}) VALUES ('optimize');
      INSERT INTO ${table} (${table}, rank) VALUES ('automerge', ${DEFAULT_AUTOMERGE});
      INSERT INTO ${table} (${table}, rank) VALUES ('hashsize', ${DEFAULT_HASH_BYTES});
    `);
  }
  closeBuilt(database, path);
}

export function fullTextTables(database: DatabaseSync): string[] {
  const named = prepareRows(database, `SELECT name FROM sqlite_schema WHERE sql LIKE '%USING fts5%'`);
  return rows<[string]>(named).map(([name]) => name);
}

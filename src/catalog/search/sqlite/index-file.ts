import type { DatabaseSync } from 'node:sqlite';
import { closeBuilt, createBuildFile, prepareRows, rows } from '../../projection/sqlite/index.ts';
import { INDEXES, MERGED_TOGETHER, SEARCH_FILE, SEARCH_KINDS } from './schema.ts';
import { liftSegment } from './segment-levels.ts';
import { fillVocabulary } from './vocabulary.ts';

const BUILD_HASH_BYTES = 64 * 1024 * 1024;
// What FTS5 takes where nothing is set (https://sqlite.org/fts5.html, "Special INSERT Directives").
const DEFAULT_HASH_BYTES = 1024 * 1024;
/** As a feed applies them. */
const ITEMS_OF_A_CHANGE = 50;

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

export interface BuiltIndex {
  readonly path: string;
  readonly itemCount: number;
  /** Called when the file can be written to like a live one. */
  readonly writeMore: () => void;
}

/**
 * Merges what was built, makes what is looked up by, goes back to the settings of a live file, closes it and makes it
 * durable.
 */
export function finishBuildIndex(database: DatabaseSync, { path, itemCount, writeMore }: BuiltIndex): void {
  for (const kind of SEARCH_KINDS)
    database.exec(`INSERT INTO ${kind}_term (${kind}_term) VALUES ('optimize')`);
  fillVocabulary(database);
  database.exec(INDEXES);
  writeMore();
  for (const table of fullTextTables(database)) {
    database.exec(`
      INSERT INTO ${table} (${table}, rank) VALUES ('automerge', ${MERGED_TOGETHER});
      INSERT INTO ${table} (${table}, rank) VALUES ('hashsize', ${DEFAULT_HASH_BYTES});
    `);
  }
  for (const table of fullTextTables(database)) liftSegment(database, table, itemCount / ITEMS_OF_A_CHANGE);
  closeBuilt(database, path);
}

export function fullTextTables(database: DatabaseSync): string[] {
  const named = prepareRows(database, `SELECT name FROM sqlite_schema WHERE sql LIKE '%USING fts5%'`);
  return rows<[string]>(named).map(([name]) => name);
}

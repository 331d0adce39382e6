import { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { isClefError } from '../../../core/index.ts';
import type { Database } from '../database.ts';
import { translateSqliteError } from './node-sqlite.ts';

/** What every version of Clef has in a catalogue, and hardly anything else beside each other. */
const TABLES = ['catalog_meta', 'library', 'schema_migration'];

/** Whether a file that is there holds the tables of a catalogue. Changes nothing of it. */
export function isCatalogFile(path: string): boolean {
  try {
    using database = new DatabaseSync(path, { readOnly: true });
    const tables = database.prepare("select name from sqlite_schema where type = 'table'").all();
    const names = new Set(tables.map(({ name }) => name));
    return TABLES.every((name) => names.has(name));
  } catch (cause) {
    const error = translateSqliteError(cause);
    if (isClefError(error, 'catalog-corrupt')) return false;
    throw error;
  }
}

/** Moves what lies in the write-ahead log of a catalogue's file into the file, and does without a log from then on. */
export async function leaveLog({ db }: Database): Promise<void> {
  await sql`pragma journal_mode = delete`.execute(db);
}

import { sql } from 'kysely';
import { ClefError, equalBytes } from '../../core/index.ts';
import { tableWalk } from './changes/walk.ts';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';

type Row = Readonly<Record<string, unknown>>;

/** Every table by its primary key. What names the library comes last: half a copy is no catalogue yet. */
const keys = {
  source: ['vb', 'id'],
  source_file: ['vb', 'source_id', 'path_hash'],
  asset: ['vb', 'id'],
  cover: ['vb', 'cover_hash'],
  companion: ['vb', 'parent_asset_id', 'kind'],
  track: ['vb', 'id'],
  album: ['vb', 'id'],
  artist: ['vb', 'id'],
  identity: ['vb', 'digest'],
  redirect: ['vb', 'from_id'],
  lyrics: ['vb', 'track_id'],
  id_sequence: ['vb'],
  user: ['vb', 'id'],
  credential: ['vb', 'id'],
  device: ['vb', 'user_id', 'thumbprint'],
  audit: ['vb', 'id'],
  annotation: ['vb', 'user_id', 'item_id'],
  play: ['vb', 'user_id', 'played_at_ms', 'track_id'],
  playlist: ['vb', 'id'],
  play_queue: ['vb', 'user_id'],
  album_track: ['vb', 'album_id', 'disc_order', 'number_order', 'title_key', 'track_id'],
  artist_track: ['vb', 'artist_id', 'track_id'],
  artist_album: ['vb', 'artist_id', 'album_id'],
  library_album: ['vb', 'library_id', 'album_id'],
  library_artist: ['vb', 'library_id', 'artist_id'],
  library_track: ['vb', 'library_id', 'track_id'],
  genre: ['vb', 'genre_key', 'library_id', 'name'],
  genre_track: ['vb', 'genre_key', 'library_id', 'track_id'],
  genre_album: ['vb', 'genre_key', 'library_id', 'album_id'],
  tally: ['vb', 'library_id', 'kind', 'name'],
  track_plays: ['vb', 'track_id'],
  asset_use: ['vb', 'asset_id', 'track_id'],
  public_playlist: ['vb', 'playlist_id'],
  session: ['vb', 'user_id', 'token_hash'],
  playback_session: ['vb', 'user_id', 'session_id'],
  column_claim: ['vb', 'asset_id', 'layout_id', 'column_number', 'node_id'],
  tombstone: ['vb', 'table_name', 'row_key'],
  outbox: ['seq'],
  catalog_meta: ['name'],
  library: ['vb', 'id'],
} as const satisfies Record<keyof Schema, readonly string[]>;

/** Texts, which sort by code points, come before every other value; so does -1 before every number in a key. */
const LOWEST: Readonly<Record<string, string>> = { catalog_meta: '' };

/** In one statement: SQLite takes 32,766 values, MariaDB 16 MiB. */
const MOST_ROWS = 500;
const MOST_VALUES = 30_000;
const MOST_BYTES = 4 * 2 ** 20;

export interface CopyOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: {
    readonly done: number;
    readonly total: number;
    readonly note: string;
  }) => void;
}

/**
 * Copies a catalogue, with its ids, its change stream and its name, into a database without one, and compares both row
 * by row. Nobody may write to either meanwhile. A copy that was broken off goes on. `data-invalid` where there is a
 * catalogue already, or a row is another than it should be. Answers how many rows there are.
 */
export async function copyCatalog(from: Database, to: Database, options: CopyOptions): Promise<number> {
  if ((await to.db.selectFrom('library').select('id').limit(1).execute()).length > 0)
    throw new ClefError('data-invalid', 'there is a catalogue already where this one would be copied to');
  // The one that was made when the tables were.
  await to.transact((tx) => tx.query((db) => db.deleteFrom('catalog_meta')));
  const rows = await countRows(from);
  let done = 0;
  const progress = (note: string) => (count: number) =>
    options.onProgress({ done: (done += count), total: 2 * rows, note });
  for (const table of tableNames) {
    if (table !== 'library') await copyTable(from, to, table, options.signal, progress('copying'));
  }
  for (const table of tableNames) {
    if (table !== 'library') await compareTable(from, to, table, options.signal, progress('comparing'));
  }
  await copyTable(from, to, 'library', options.signal, progress('copying'));
  to.forgetEverything();
  return rows;
}

// The keys of the object above are names of tables.
const tableNames = Object.keys(keys) as (keyof typeof keys)[];

async function countRows({ db }: Database): Promise<number> {
  let rows = 0;
  for (const table of tableNames) {
    const [found] = await db
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .execute();
    rows += found?.count ?? 0;
  }
  return rows;
}

async function copyTable(
  from: Database,
  to: Database,
  table: keyof typeof keys,
  signal: AbortSignal,
  copied: (rows: number) => void,
): Promise<void> {
  const last = await lastRow(to, table);
  const after = last ? keys[table].map((column) => last[column] as string | number) : [LOWEST[table] ?? -1];
  let batch: Row[] = [];
  let bytes = 0;
  const write = async () => {
    if (batch.length === 0) return;
    signal.throwIfAborted();
    // One code for all tables, whose columns are the same on both sides.
    const values = batch as never;
    await to.transact((tx) => tx.query((db) => db.insertInto(table).values(values)));
    copied(batch.length);
    [batch, bytes] = [[], 0];
  };
  for await (const row of tableWalk(table, keys[table]).rows(from, after)) {
    const columns = Object.keys(row).length;
    if (batch.length === MOST_ROWS || (batch.length + 1) * columns > MOST_VALUES || bytes > MOST_BYTES)
      await write();
    batch.push(row);
    bytes += sizeOf(row);
  }
  await write();
}

async function lastRow({ db }: Database, table: keyof typeof keys): Promise<Row | undefined> {
  let newest = db
    .selectFrom(table as 'track')
    .selectAll()
    .limit(1);
  for (const column of keys[table]) newest = newest.orderBy(sql.ref(column), 'desc');
  return (await newest.execute())[0];
}

async function compareTable(
  from: Database,
  to: Database,
  table: keyof typeof keys,
  signal: AbortSignal,
  compared: (rows: number) => void,
): Promise<void> {
  const walk = tableWalk(table, keys[table]);
  const lowest = [LOWEST[table] ?? -1];
  const others = walk.rows(to, lowest)[Symbol.asyncIterator]();
  let rows = 0;
  for await (const row of walk.rows(from, lowest)) {
    const other = await others.next();
    if (other.done === true || !isSame(row, other.value)) throw differs(table);
    if (++rows % MOST_ROWS === 0) {
      signal.throwIfAborted();
      compared(MOST_ROWS);
    }
  }
  compared(rows % MOST_ROWS);
  if ((await others.next()).done !== true) throw differs(table);
}

function differs(table: string): ClefError {
  return new ClefError('data-invalid', `the copy of table ${table} is another than what was copied`);
}

function isSame(a: Row, b: Row): boolean {
  const columns = Object.keys(a);
  return (
    columns.length === Object.keys(b).length &&
    columns.every((column) => {
      const [left, right] = [a[column], b[column]];
      if (left instanceof Uint8Array && right instanceof Uint8Array) return equalBytes(left, right);
      return left === right;
    })
  );
}

function sizeOf(row: Row): number {
  let bytes = 0;
  for (const value of Object.values(row)) {
    if (typeof value === 'string' || value instanceof Uint8Array) bytes += value.length;
  }
  return bytes;
}

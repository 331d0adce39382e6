import { sql } from 'kysely';
import { ClefError, equalBytes } from '../../core/index.ts';
import { tableWalk } from './changes/walk.ts';
import type { Database } from './database.ts';
import { primaryKeys, type TableName, tableNames } from './primary-keys.ts';

type Row = Readonly<Record<string, unknown>>;

/** Each place has a name and a change stream of its own: whoever follows it begins with a snapshot. */
const OWN: ReadonlySet<TableName> = new Set(['catalog_meta', 'outbox_entry', 'outbox_lane']);
const copied = tableNames.filter((table) => !OWN.has(table));
/** Every key begins with a bucket. */
const LOWEST = [-1];

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
 * Copies a catalogue, with its ids, into a database without one, and compares both row by row. Nobody may write to either meanwhile. A copy that was broken off goes on. `data-invalid` where there is a
 * catalogue already, or a row is another than it should be. Answers how many rows there are.
 */
export async function copyCatalog(from: Database, to: Database, options: CopyOptions): Promise<number> {
  if ((await to.db.selectFrom('library').select('id').limit(1).execute()).length > 0)
    throw new ClefError('data-invalid', 'there is a catalogue already where this one would be copied to');
  const rows = await countRows(from);
  let done = 0;
  const progress = (note: string) => (count: number) =>
    options.onProgress({ done: (done += count), total: 2 * rows, note });
  for (const table of copied) {
    if (table !== 'library') await copyTable(from, to, table, options.signal, progress('copying'));
  }
  for (const table of copied) {
    if (table !== 'library') await compareTable(from, to, table, options.signal, progress('comparing'));
  }
  await copyTable(from, to, 'library', options.signal, progress('copying'));
  to.forgetEverything();
  return rows;
}

async function countRows({ patient: { db } }: Database): Promise<number> {
  let rows = 0;
  for (const table of copied) {
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
  table: TableName,
  signal: AbortSignal,
  onCopied: (rows: number) => void,
): Promise<void> {
  const last = await lastRow(to, table);
  const after = last ? primaryKeys[table].map((column) => last[column] as string | number) : LOWEST;
  let batch: Row[] = [];
  let bytes = 0;
  const write = async () => {
    if (batch.length === 0) return;
    signal.throwIfAborted();
    // One code for all tables, whose columns are the same on both sides.
    const values = batch as never;
    await to.transact((tx) => tx.query((db) => db.insertInto(table).values(values)), { isPatient: true });
    onCopied(batch.length);
    [batch, bytes] = [[], 0];
  };
  for await (const row of tableWalk(table, primaryKeys[table]).rows(from, after)) {
    const columns = Object.keys(row).length;
    if (batch.length === MOST_ROWS || (batch.length + 1) * columns > MOST_VALUES || bytes > MOST_BYTES)
      await write();
    batch.push(row);
    bytes += sizeOf(row);
  }
  await write();
}

async function lastRow({ patient: { db } }: Database, table: TableName): Promise<Row | undefined> {
  let newest = db
    .selectFrom(table as 'track')
    .selectAll()
    .limit(1);
  for (const column of primaryKeys[table]) newest = newest.orderBy(sql.ref(column), 'desc');
  return (await newest.execute())[0];
}

async function compareTable(
  from: Database,
  to: Database,
  table: TableName,
  signal: AbortSignal,
  compared: (rows: number) => void,
): Promise<void> {
  const walk = tableWalk(table, primaryKeys[table]);
  const others = walk.rows(to, LOWEST)[Symbol.asyncIterator]();
  let rows = 0;
  for await (const row of walk.rows(from, LOWEST)) {
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
  return new ClefError(
    'data-invalid',
    `the copy of table ${table} is another than what was copied: where the catalogue changed since a copy was stopped, remove what was written and begin anew`,
  );
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

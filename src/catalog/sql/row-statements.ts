import type { CompiledQuery, Kysely } from 'kysely';
import { isMysql, tupleIn } from './dialect.ts';
import { type Prepared, type PreparedList, prepared, preparedList } from './prepared.ts';
import type { Schema } from './schema.ts';
import { type KeyedName, type KeyedTable, type KeyedTables, keyedTables } from './tables.ts';

/** Values of a primary key by column. */
export type RowKey = Readonly<Record<string, string | number>>;
export type Row = Readonly<Record<string, unknown>>;

/** What is done alike to a row of any table. Rows bring their versions. */
export interface RowStatements<Found = unknown> {
  readonly table: KeyedTable;
  readonly get: Prepared<RowKey, Found>;
  /** Of these keys, the rows that there are. */
  readonly getAll: PreparedList<RowKey, unknown, Found>;
  /** The same of keys that differ in their last value alone; the others are given once, of any of them. */
  readonly getSiblings: PreparedList<RowKey, RowKey, Found>;
  /** Of rows whose keys begin with these two values. */
  readonly getOwned: PreparedList<RowKey, unknown, Found>;
  readonly update: Prepared<Row, unknown>;
  readonly delete: Prepared<RowKey, unknown>;
  readonly insert: RowsWriter;
  /** Inserts or overwrites. */
  readonly replace: RowsWriter;
}

/** Writes rows, many with a statement. */
export interface RowsWriter {
  bind(db: Kysely<Schema>, rows: readonly Row[]): CompiledQuery[];
}

/** SQLite keeps statements by their text, so that few lengths serve all; MariaDB reads each anew. */
const SQLITE_LENGTHS = [64, 16, 4, 1] as const;
/** Far below the 16 MiB that MariaDB takes in a statement. */
const MOST_ROWS = 500;
const MOST_BYTES = 2 ** 20;

function statementsOf(table: KeyedTable): RowStatements {
  // One code for all tables, where Kysely's types want to know which; tables.ts has checked keys and columns.
  const name = table.name as 'library';
  const key = table.key as readonly 'id'[];
  const { columns } = table;
  const shared = key.slice(0, -1);
  const lastKey = key.at(-1) ?? 'id';
  const changed = columns.filter((column) => !table.key.includes(column));
  const rowsBy = (by: readonly string[]): PreparedList<RowKey, unknown, unknown> =>
    preparedList(
      (row) => by.map((column) => row[column]),
      (db, tuples) =>
        db
          .selectFrom(name)
          .selectAll()
          .where(tupleIn(db, by, tuples)),
    );
  return {
    table,
    get: prepared((db, param) =>
      db
        .selectFrom(name)
        .selectAll()
        .where((row) => row.and(key.map((column) => row(column, '=', param(column) as string)))),
    ),
    getAll: rowsBy(table.key),
    getSiblings: preparedList(
      (row) => [row[lastKey]],
      (db, tuples, param) =>
        db
          .selectFrom(name)
          .selectAll()
          .where((row) =>
            row.and([
              ...shared.map((column) => row(column, '=', param(column) as string)),
              row(lastKey, 'in', tuples.flat()),
            ]),
          ),
    ),
    getOwned: rowsBy(table.key.slice(0, 2)),
    update: prepared((db, param) =>
      db
        .updateTable(name)
        .set(Object.fromEntries(changed.map((column) => [column, param(column)])) as never)
        .where((row) => row.and(key.map((column) => row(column, '=', param(column) as string)))),
    ),
    delete: prepared((db, param) =>
      db
        .deleteFrom(name)
        .where((row) => row.and(key.map((column) => row(column, '=', param(column) as string)))),
    ),
    insert: rowsWriter(columns, (db, row) => db.insertInto(name).values(row as never)),
    replace: rowsWriter(columns, (db, row) => db.replaceInto(name).values(row as never)),
  };
}

function rowsWriter(
  columns: readonly string[],
  build: (db: Kysely<Schema>, row: Row) => { compile(): CompiledQuery },
): RowsWriter {
  const one = prepared<Row, unknown>((db, param) =>
    build(db, Object.fromEntries(columns.map((column) => [column, param(column)]))),
  );
  return {
    bind: (db, rows) =>
      (isMysql(db) ? batchesOf(rows) : sqliteParts(rows)).map((part) => {
        const [first = {}, ...others] = part;
        const query = one.bind(db, first);
        const tuple = query.sql.slice(query.sql.lastIndexOf('('));
        return {
          ...query,
          sql: query.sql + `, ${tuple}`.repeat(others.length),
          parameters: part.flatMap((row) => columns.map((column) => row[column])),
        };
      }),
  };
}

function sqliteParts(rows: readonly Row[]): Row[][] {
  return parts(rows, (start) => SQLITE_LENGTHS.find((one) => one <= rows.length - start) ?? 1);
}

/** As many together as MariaDB takes in a statement. */
export function batchesOf(rows: readonly Row[]): Row[][] {
  return parts(rows, (start) => lengthWithin(rows, start));
}

function parts(rows: readonly Row[], lengthAt: (start: number) => number): Row[][] {
  const all: Row[][] = [];
  for (let start = 0; start < rows.length; ) all.push(rows.slice(start, (start += lengthAt(start))));
  return all;
}

/** How many rows from `start` on a statement takes: one at least. */
function lengthWithin(rows: readonly Row[], start: number): number {
  let bytes = 0;
  const end = Math.min(rows.length, start + MOST_ROWS);
  for (let at = start; at < end; at++) {
    for (const value of Object.values(rows[at] ?? {})) {
      bytes += typeof value === 'string' || value instanceof Uint8Array ? value.length : 8;
    }
    if (bytes > MOST_BYTES) return Math.max(1, at - start);
  }
  return end - start;
}

const byName = new Map<string, RowStatements>(keyedTables.map((table) => [table.name, statementsOf(table)]));
const byGet = new Map<unknown, RowStatements>(
  Array.from(byName.values(), (statements) => [statements.get, statements]),
);

export function rowStatements<Name extends KeyedName>(name: Name): RowStatements<KeyedTables[Name]> {
  // Filled from the tables that KeyedName names.
  return byName.get(name) as RowStatements<KeyedTables[Name]>;
}

/** The table whose row a query reads by its key; undefined for every other query. */
export function tableOfGet(query: Prepared<never, unknown>): KeyedName | undefined {
  return byGet.get(query)?.table.name;
}

/** The primary key's values in the table's order. */
export function keyOf(
  table: Pick<KeyedTable, 'key'>,
  row: Readonly<Record<string, unknown>>,
): readonly (string | number)[] {
  // Key columns hold integers and text only.
  return table.key.map((column) => row[column] as string | number);
}

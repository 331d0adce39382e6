import { sql } from 'kysely';
import { type Prepared, prepared } from './prepared.ts';
import type { LoggedName, LoggedTables } from './schema.ts';
import { type LoggedTable, loggedTables } from './tables.ts';

/** Values of a primary key by column. */
export type RowKey = Readonly<Record<string, string | number>>;

type Values = Record<string, unknown>;

/** What is done alike to a row of any logged table. */
export interface RowStatements<Row = unknown> {
  readonly table: LoggedTable;
  /** Inserts a row as version 1, or overwrites it as its next version; answers the version. SQLite alone knows it. */
  readonly upsert: Prepared<Values, { row_version: number }>;
  readonly version: Prepared<RowKey, { row_version: number }>;
  /** A new row, and all of one that is there; with the version that they bring. */
  readonly insert: Prepared<Values, unknown>;
  readonly update: Prepared<Values, unknown>;
  readonly get: Prepared<RowKey, Row>;
  readonly delete: Prepared<RowKey, unknown>;
  /** Writes a row with the version that it brings. */
  readonly replace: Prepared<Values, unknown>;
}

function statementsOf(table: LoggedTable): RowStatements {
  // One code for all tables, where Kysely's types want to know which; tables.ts has checked keys and columns.
  const name = table.name as 'library';
  const key = table.key as readonly 'id'[];
  const columns = [...Object.keys(table.columns), 'row_version'];
  const changed = columns.filter((column) => !table.key.includes(column));
  return {
    table,
    upsert: prepared((db, param) => {
      const overwritten = Object.fromEntries(
        changed.map((column) => [column, sql.ref(`excluded.${column}`)]),
      );
      const row_version = sql`${sql.ref(`${table.name}.row_version`)} + 1`;
      return db
        .insertInto(name)
        .values({
          ...Object.fromEntries(columns.map((column) => [column, param(column)])),
          row_version: 1,
        } as never)
        .onConflict((conflict) =>
          conflict.columns(table.key as never).doUpdateSet({ ...overwritten, row_version } as never),
        )
        .returning('row_version');
    }),
    version: prepared((db, param) =>
      db
        .selectFrom(name)
        .select('row_version')
        .where((row) => row.and(key.map((column) => row(column, '=', param(column) as string)))),
    ),
    insert: prepared((db, param) =>
      db
        .insertInto(name)
        .values(Object.fromEntries(columns.map((column) => [column, param(column)])) as never),
    ),
    update: prepared((db, param) =>
      db
        .updateTable(name)
        .set(Object.fromEntries(changed.map((column) => [column, param(column)])) as never)
        .where((row) => row.and(key.map((column) => row(column, '=', param(column) as string)))),
    ),
    get: prepared((db, param) =>
      db
        .selectFrom(name)
        .selectAll()
        .where((row) => row.and(key.map((column) => row(column, '=', param(column) as string)))),
    ),
    delete: prepared((db, param) =>
      db
        .deleteFrom(name)
        .where((row) => row.and(key.map((column) => row(column, '=', param(column) as string)))),
    ),
    replace: prepared((db, param) =>
      db
        .replaceInto(name)
        .values(Object.fromEntries(columns.map((column) => [column, param(column)])) as never),
    ),
  };
}

const byName = new Map<string, RowStatements>(loggedTables.map((table) => [table.name, statementsOf(table)]));

export function rowStatements<Name extends LoggedName>(name: Name): RowStatements<LoggedTables[Name]> {
  // Filled from the tables that LoggedName names.
  return byName.get(name) as RowStatements<LoggedTables[Name]>;
}

/** The primary key's values in the table's order. */
export function keyOf(
  table: LoggedTable,
  row: Readonly<Record<string, unknown>>,
): readonly (string | number)[] {
  // A LoggedTable's key columns hold integers and text only.
  return table.key.map((column) => row[column] as string | number);
}

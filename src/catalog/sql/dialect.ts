import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { type Prepared, prepared } from './prepared.ts';
import type { LoggedName, LoggedTables } from './schema.ts';
import type { LoggedTable } from './tables.ts';

// What SQLite and MySQL say differently is here, in node-sqlite.ts and in the column types of the migrations;
// every other query is written once.

/** `(vb, id) in (...)`: one index probe a tuple in both engines. */
export function tupleIn(
  columns: readonly string[],
  tuples: readonly (readonly unknown[])[],
): RawBuilder<SqlBool> {
  const left = sql.join(columns.map((column) => sql.ref(column)));
  const right = sql.join(tuples.map((tuple) => sql`(${sql.join(tuple)})`));
  return sql<SqlBool>`(${left}) in (values ${right})`;
}

/** `(vb, id) > (x, y)`: SQLite walks the index from there. */
export function tupleAfter(columns: readonly string[], values: readonly unknown[]): RawBuilder<SqlBool> {
  const left = sql.join(columns.map((column) => sql.ref(column)));
  return sql<SqlBool>`(${left}) > (${sql.join(values)})`;
}

/** A row as its writer gives it; the database counts the version. */
export type NewRow<Name extends LoggedName> = Omit<LoggedTables[Name], 'row_version'>;

/** Inserts a row as version 1, or overwrites it as its next version; answers the version. */
export function upsert(table: LoggedTable): Prepared<Record<string, unknown>, { row_version: number }> {
  const columns = Object.keys(table.columns);
  const key = new Set(table.key);
  return prepared((db, param) => {
    const values = Object.fromEntries(columns.map((column) => [column, param(column)]));
    const changed = columns.filter((column) => !key.has(column));
    // The table is known only as one of many, which Kysely's types cannot follow; tables.ts has checked the columns.
    return db
      .insertInto(table.name as 'library')
      .values({ ...values, row_version: 1 } as never)
      .onConflict((conflict) =>
        conflict.columns(table.key as never).doUpdateSet({
          ...Object.fromEntries(changed.map((column) => [column, sql.ref(`excluded.${column}`)])),
          row_version: sql`${sql.ref(`${table.name}.row_version`)} + 1`,
        } as never),
      )
      .returning('row_version');
  });
}

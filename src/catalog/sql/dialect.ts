import {
  type Kysely,
  MysqlAdapter,
  type RawBuilder,
  type SelectQueryBuilder,
  type SqlBool,
  sql,
} from 'kysely';
import type { LoggedName, LoggedTables, Schema } from './schema.ts';

// What SQLite and MySQL say differently is here, in row-statements.ts and in migrations/define.ts; every other query is
// written once.

/** As against SQLite. */
export function isMysql(db: Pick<Kysely<unknown>, 'getExecutor'>): boolean {
  return db.getExecutor().adapter instanceof MysqlAdapter;
}

/** Of a database whose tables name those of shards. */
export class SpiderAdapter extends MysqlAdapter {}

/**
 * What a list of keys of several buckets is selected from. Where Spider could go by an index of its own, it asks for each key by a query of
 * its own, with the whole list in each: 1 MB for 256 keys. Without one it hands on the list as it is.
 */
export function selectFromList<Name extends keyof Schema>(
  db: Kysely<Schema>,
  table: Name,
): SelectQueryBuilder<Schema, Name, object> {
  const isSpider = db.getExecutor().adapter instanceof SpiderAdapter;
  // Kysely knows no index hints; what is selected is the table's either way.
  const from = isSpider ? sql`${sql.table(table)} use index ()` : table;
  return db.selectFrom(from as never) as never;
}

/** `(vb, id) in (...)`: one index probe a tuple in both engines. */
export function tupleIn(
  db: Pick<Kysely<unknown>, 'getExecutor'>,
  columns: readonly string[],
  tuples: readonly (readonly unknown[])[],
): RawBuilder<SqlBool> {
  const left = sql.join(columns.map((column) => sql.ref(column)));
  const right = sql.join(tuples.map((tuple) => sql`(${sql.join(tuple)})`));
  return isMysql(db) ? sql<SqlBool>`(${left}) in (${right})` : sql<SqlBool>`(${left}) in (values ${right})`;
}

/** `(vb, id) > (x, y)`: SQLite walks the index from there, MySQL where it is said column by column. */
export function tupleAfter(
  db: Pick<Kysely<unknown>, 'getExecutor'>,
  columns: readonly string[],
  values: readonly unknown[],
): RawBuilder<SqlBool> {
  if (!isMysql(db)) {
    const left = sql.join(columns.map((column) => sql.ref(column)));
    return sql<SqlBool>`(${left}) > (${sql.join(values)})`;
  }
  const terms = columns.map((column, at) => {
    const equal = columns.slice(0, at).map((before, place) => sql`${sql.ref(before)} = ${values[place]}`);
    return sql`(${sql.join([...equal, sql`${sql.ref(column)} > ${values[at]}`], sql` and `)})`;
  });
  return sql<SqlBool>`(${sql.join(terms, sql` or `)})`;
}

/** A row as its writer gives it; the database counts the version. */
export type NewRow<Name extends LoggedName> = Omit<LoggedTables[Name], 'row_version'>;

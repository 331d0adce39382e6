import { type ColumnDataType, type Kysely, sql } from 'kysely';
import { isMysql } from '../dialect.ts';

/**
 * `?` where null is allowed. InnoDB's indexes take 3,072 bytes of a row, four to a character, so what is indexed says how
 * long it gets: a `name` 64 characters (hex, digests, kinds), a `label` 200, a `key` 490, a `path` 700, a `digest` 64 bytes.
 */
export type Column =
  | 'integer'
  | 'integer?'
  | 'real?'
  | 'text'
  | 'text?'
  | 'bytes'
  | 'bytes?'
  | 'name'
  | 'label'
  | 'key'
  | 'key?'
  | 'path'
  | 'digest'
  | 'digest?';

export interface TableDefinition {
  readonly columns: Readonly<Record<string, Column>>;
  readonly primaryKey: readonly string[];
  /**
   * Rows lie in the primary key itself, as InnoDB keeps all. For narrow rows: wide ones would thin out the
   * inner pages of SQLite's tree (https://www.sqlite.org/withoutrowid.html section 5).
   */
  readonly clustered?: boolean;
  readonly indexes?: readonly (readonly string[])[];
  readonly uniqueIndexes?: readonly (readonly string[])[];
  /** Indexes that hold only the rows where their first column is not null. */
  readonly sparseIndexes?: readonly (readonly string[])[];
  /** What is looked up by, and what is then read from the index alone: SQLite's only, since it is too long for InnoDB's. */
  readonly coveringIndexes?: readonly {
    readonly by: readonly string[];
    readonly with: readonly string[];
  }[];
}

const sqliteTypes: Readonly<Record<string, ColumnDataType>> = {
  integer: 'integer',
  real: 'real',
  text: 'text',
  name: 'text',
  label: 'text',
  key: 'text',
  path: 'text',
  bytes: 'blob',
  digest: 'blob',
};

/** `seq` and the like are counted beyond 2^31, so that every integer is a BIGINT. */
const mysqlTypes: Readonly<Record<string, string>> = {
  integer: 'bigint',
  real: 'double',
  text: 'longtext',
  name: 'varchar(64)',
  label: 'varchar(200)',
  key: 'varchar(490)',
  path: 'varchar(700)',
  bytes: 'longblob',
  digest: 'varbinary(64)',
};

/** The collation is COLLATION of mysql/engine.ts, which looks whether it is so. */
export const MYSQL_TABLE = sql`engine = innodb row_format = dynamic default charset = utf8mb4 collate = utf8mb4_nopad_bin`;

/** Makes a table and its indexes, which are named after it and their columns. */
export async function createTable(
  db: Kysely<never>,
  name: string,
  definition: TableDefinition,
): Promise<void> {
  await (isMysql(db) ? createMysqlTable : createSqliteTable)(db, name, definition);
}

/** Where a migration was broken off, what it takes away may be gone already. */
export async function hasTable(db: Kysely<never>, name: string): Promise<boolean> {
  const tables = isMysql(db)
    ? sql`select table_name from information_schema.tables where table_schema = database() and table_name = ${name}`
    : sql`select name from sqlite_master where type = 'table' and name = ${name}`;
  return (await tables.execute(db)).rows.length > 0;
}

/** Adds a column that may be null; where a migration was broken off, it may be there already. */
export async function addColumn(
  db: Kysely<never>,
  table: string,
  column: string,
  type: 'integer',
): Promise<void> {
  if (!isMysql(db)) {
    await db.schema.alterTable(table).addColumn(column, type).execute();
    return;
  }
  const { rows } = await sql<{
    readonly found: number;
  }>`select count(*) as found from information_schema.columns
    where table_schema = database() and table_name = ${table} and column_name = ${column}`.execute(db);
  if (rows[0]?.found !== 0) return;
  await sql`alter table ${sql.table(table)} add column ${sql.id(column)} ${sql.raw(mysqlTypes[type] ?? '')}`.execute(
    db,
  );
}

async function createSqliteTable(
  db: Kysely<never>,
  name: string,
  definition: TableDefinition,
): Promise<void> {
  let table = db.schema.createTable(name);
  for (const [column, type] of Object.entries(definition.columns)) {
    const { kind, isNullable } = parsed(type);
    table = table.addColumn(column, sqliteTypes[kind] ?? 'blob', (built) =>
      isNullable ? built : built.notNull(),
    );
  }
  table = table.addPrimaryKeyConstraint(`${name}_key`, definition.primaryKey as never);
  await (definition.clustered ? table.modifyEnd(sql`without rowid`) : table).execute();
  for (const columns of definition.indexes ?? []) await index(db, name, columns).execute();
  for (const covering of definition.coveringIndexes ?? []) {
    await index(db, name, [...covering.by, ...covering.with]).execute();
  }
  for (const columns of definition.uniqueIndexes ?? []) await index(db, name, columns).unique().execute();
  for (const columns of definition.sparseIndexes ?? []) {
    await sql`create index ${sql.id(indexName(name, columns))} on ${sql.table(name)}
      (${columnList(columns)}) where ${sql.ref(columns[0] ?? '')} is not null`.execute(db);
  }
}

/** In one statement, so that a table is there with all of its indexes, or not at all. */
async function createMysqlTable(db: Kysely<never>, name: string, definition: TableDefinition): Promise<void> {
  const columns = Object.entries(definition.columns).map(([column, type]) => {
    const { kind, isNullable } = parsed(type);
    return sql`${sql.id(column)} ${sql.raw(mysqlTypes[kind] ?? 'longblob')} ${sql.raw(isNullable ? 'null' : 'not null')}`;
  });
  const isUnlikeKey = (by: readonly string[]) =>
    by.some((column, at) => definition.primaryKey[at] !== column);
  const covering = (definition.coveringIndexes ?? []).map(({ by }) => by).filter(isUnlikeKey);
  const plain = [...(definition.indexes ?? []), ...(definition.sparseIndexes ?? []), ...covering];
  const lines = [
    ...columns,
    sql`primary key (${columnList(definition.primaryKey)})`,
    ...plain.map((one) => sql`index ${sql.id(indexName(name, one))} (${columnList(one)})`),
    ...(definition.uniqueIndexes ?? []).map(
      (one) => sql`unique index ${sql.id(indexName(name, one))} (${columnList(one)})`,
    ),
  ];
  await sql`create table if not exists ${sql.table(name)} (${sql.join(lines)}) ${MYSQL_TABLE}`.execute(db);
}

function parsed(type: Column): { readonly kind: string; readonly isNullable: boolean } {
  const isNullable = type.endsWith('?');
  return { kind: isNullable ? type.slice(0, -1) : type, isNullable };
}

function columnList(columns: readonly string[]) {
  return sql.join(columns.map((column) => sql.ref(column)));
}

function indexName(table: string, columns: readonly string[]): string {
  return `${table}_by_${columns.filter((column) => column !== 'vb').join('_')}`;
}

function index(db: Kysely<never>, table: string, columns: readonly string[]) {
  return db.schema
    .createIndex(indexName(table, columns))
    .on(table)
    .columns([...columns]);
}

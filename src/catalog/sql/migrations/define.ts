import { type ColumnDataType, type Kysely, sql } from 'kysely';

/** `?` where null is allowed; the rest says what a column is for, which MySQL will want to know. */
export type Column = 'integer' | 'integer?' | 'real?' | 'text' | 'text?' | 'bytes' | 'bytes?';

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
}

const sqliteTypes: Readonly<Record<string, ColumnDataType>> = {
  integer: 'integer',
  real: 'real',
  text: 'text',
  bytes: 'blob',
};

/** Makes a table and its indexes, which are named after it and their columns. */
export async function createTable(
  db: Kysely<never>,
  name: string,
  definition: TableDefinition,
): Promise<void> {
  let table = db.schema.createTable(name);
  for (const [column, type] of Object.entries(definition.columns)) {
    const isNullable = type.endsWith('?');
    const sqlType = sqliteTypes[isNullable ? type.slice(0, -1) : type] ?? 'blob';
    table = table.addColumn(column, sqlType, (built) => (isNullable ? built : built.notNull()));
  }
  table = table.addPrimaryKeyConstraint(`${name}_key`, definition.primaryKey as never);
  await (definition.clustered ? table.modifyEnd(sql`without rowid`) : table).execute();
  for (const columns of definition.indexes ?? []) await index(db, name, columns).execute();
  for (const columns of definition.uniqueIndexes ?? []) await index(db, name, columns).unique().execute();
  for (const columns of definition.sparseIndexes ?? []) {
    await sql`create index ${sql.id(indexName(name, columns))} on ${sql.table(name)}
      (${sql.join(columns.map((column) => sql.ref(column)))})
      where ${sql.ref(columns[0] ?? '')} is not null`.execute(db);
  }
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

import { type Kysely, sql } from 'kysely';
import { isMysql } from '../dialect.ts';
import { derivedTables } from './0001-derived.ts';
import { loggedTables } from './0001-logged.ts';
import { createTable, MYSQL_TABLE, type TableDefinition } from './define.ts';
import type { Migration } from './migration.ts';

const streamTables: Readonly<Record<string, TableDefinition>> = {
  tombstone: {
    columns: { vb: 'integer', table_name: 'name', row_key: 'key', row_version: 'integer' },
    primaryKey: ['vb', 'table_name', 'row_key'],
    clustered: true,
  },
  catalog_meta: { columns: { name: 'name', value: 'text' }, primaryKey: ['name'], clustered: true },
};

/** The one table in the order of time instead of buckets. A trimmed seq is not given again. */
async function createOutbox(db: Kysely<never>): Promise<void> {
  if (isMysql(db)) {
    await sql`create table if not exists outbox (
      seq bigint not null auto_increment primary key, vb bigint not null, table_name varchar(64) not null,
      row_key varchar(490) not null, row_version bigint not null, ${sql.id('row')} longtext null)
      ${MYSQL_TABLE}`.execute(db);
    return;
  }
  await db.schema
    .createTable('outbox')
    .addColumn('seq', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('vb', 'integer', (column) => column.notNull())
    .addColumn('table_name', 'text', (column) => column.notNull())
    .addColumn('row_key', 'text', (column) => column.notNull())
    .addColumn('row_version', 'integer', (column) => column.notNull())
    .addColumn('row', 'text')
    .execute();
}

export const first: Migration = {
  version: 1,
  name: 'first',
  async up(db) {
    for (const tables of [loggedTables, derivedTables, streamTables]) {
      for (const [name, definition] of Object.entries(tables)) await createTable(db, name, definition);
    }
    await createOutbox(db);
  },
};

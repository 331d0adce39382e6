import type { Kysely } from 'kysely';
import { derivedTables } from './0001-derived.ts';
import { loggedTables } from './0001-logged.ts';
import { createTable, type TableDefinition } from './define.ts';
import type { Migration } from './migration.ts';

const streamTables: Readonly<Record<string, TableDefinition>> = {
  tombstone: {
    columns: { vb: 'integer', table_name: 'text', row_key: 'text', row_version: 'integer' },
    primaryKey: ['vb', 'table_name', 'row_key'],
    clustered: true,
  },
  catalog_meta: { columns: { name: 'text', value: 'text' }, primaryKey: ['name'], clustered: true },
};

/** The one table in the order of time instead of buckets. AUTOINCREMENT: a trimmed seq is not given again. */
async function createOutbox(db: Kysely<never>): Promise<void> {
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

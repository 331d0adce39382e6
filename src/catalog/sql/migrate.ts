import { type Kysely, sql } from 'kysely';
import { ClefError } from '../../core/index.ts';
import { isMysql } from './dialect.ts';
import { MYSQL_TABLE } from './migrations/define.ts';
import { migrations } from './migrations/index.ts';
import type { Schema } from './schema.ts';

interface MigrationTable {
  schema_migration: { readonly version: number; readonly name: string };
}

/** Of several servers that start at once, one migrates; the others wait so long for it. */
const LOCK_SECONDS = 60;

/**
 * Brings a database up to the newest migration, each in a transaction of its own with the line that says so. MySQL ends
 * a transaction at each statement that makes a table, so that there a migration that was broken off is run again.
 * A database that has seen a migration unknown here was written by a newer Clef and is left as it is.
 */
export async function migrate(root: Kysely<Schema>, newCatalogId: () => string): Promise<void> {
  if (!isMysql(root)) return migrateAlone(root, newCatalogId);
  await root.connection().execute(async (connection) => {
    const { rows } = await sql<{
      readonly got: number | null;
    }>`select get_lock(concat(database(), '.migration'), ${LOCK_SECONDS}) as got`.execute(connection);
    if (rows[0]?.got !== 1)
      throw new ClefError('data-in-use', 'another server has been migrating the catalogue for a minute');
    try {
      await migrateAlone(connection, newCatalogId);
    } finally {
      await sql`select release_lock(concat(database(), '.migration'))`.execute(connection);
    }
  });
}

/** For shards, which are migrated by whoever keeps them. */
export async function assertMigrated(root: Kysely<Schema>): Promise<void> {
  const db = root as unknown as Kysely<MigrationTable>;
  const [row] = await db
    .selectFrom('schema_migration')
    .select('version')
    .orderBy('version', 'desc')
    .limit(1)
    .execute();
  const newest = row?.version ?? 0;
  if (newest > newestKnown) throw newer(newest);
  if (newest < newestKnown)
    throw new ClefError(
      'config-invalid',
      'the shards have the tables of an older Clef: run `clef catalog shards apply` first',
    );
}

const newestKnown = migrations.at(-1)?.version ?? 0;

function newer(version: number): ClefError {
  return new ClefError(
    'data-newer',
    `the catalogue has schema ${version}, this Clef knows up to ${newestKnown}: update Clef, or use the data folder of an older one`,
  );
}

async function migrateAlone(root: Kysely<Schema>, newCatalogId: () => string): Promise<void> {
  const db = root as unknown as Kysely<MigrationTable>;
  const lines = db.schema
    .createTable('schema_migration')
    .ifNotExists()
    .addColumn('version', isMysql(root) ? 'bigint' : 'integer', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull());
  await (isMysql(root) ? lines.modifyEnd(MYSQL_TABLE) : lines).execute();
  const applied = await db.selectFrom('schema_migration').select('version').orderBy('version').execute();
  const newest = applied.at(-1)?.version ?? 0;
  if (newest > newestKnown) throw newer(newest);
  for (const migration of migrations.filter(({ version }) => version > newest)) {
    await db.transaction().execute(async (tx) => {
      await migration.up(tx as unknown as Kysely<never>);
      await tx
        .insertInto('schema_migration')
        .values({ version: migration.version, name: migration.name })
        .execute();
    });
  }
  // Names this database, so that what follows its changes notices another one in its place.
  const named = await root
    .selectFrom('catalog_meta')
    .select('value')
    .where('name', '=', 'catalog-id')
    .execute();
  if (named.length > 0) return;
  await root.insertInto('catalog_meta').values({ name: 'catalog-id', value: newCatalogId() }).execute();
}

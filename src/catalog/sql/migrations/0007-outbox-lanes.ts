import { type Kysely, sql } from 'kysely';
import { isMysql } from '../dialect.ts';
import { createTable, hasTable } from './define.ts';
import type { Migration } from './migration.ts';

/**
 * Changes are numbered in lanes, each of which lies where its bucket does: lane 0 alone where all buckets are in one
 * database. What was noted in the one order so far is lane 0's.
 */
export const outboxLanes: Migration = {
  version: 7,
  name: 'outbox lanes',
  async up(db) {
    await createTable(db, 'outbox_lane', {
      columns: { vb: 'integer', last_seq: 'integer', trimmed_seq: 'integer' },
      primaryKey: ['vb'],
      clustered: true,
    });
    await createTable(db, 'outbox_entry', {
      columns: {
        vb: 'integer',
        seq: 'integer',
        writer: 'name',
        table_name: 'name',
        row_key: 'key',
        row_version: 'integer',
        row: 'text?',
      },
      primaryKey: ['vb', 'seq'],
    });
    if (!(await hasTable(db, 'outbox'))) return;
    await carryOver(db);
    await db.schema.dropTable('outbox').execute();
  },
};

async function carryOver(db: Kysely<never>): Promise<void> {
  const replace = sql.raw(isMysql(db) ? 'replace' : 'insert or replace');
  const row = sql.ref('row');
  await sql`${replace} into outbox_entry (vb, seq, writer, table_name, row_key, row_version, ${row})
    select 0, seq, '', table_name, row_key, row_version, ${row} from outbox`.execute(db);
  const trimmed = sql`(select value from catalog_meta where name = 'trimmed-up-to')`;
  const trimmedSeq = sql`coalesce(cast(${trimmed} as ${sql.raw(isMysql(db) ? 'signed' : 'integer')}), 0)`;
  await sql`${replace} into outbox_lane (vb, last_seq, trimmed_seq)
    select 0, coalesce((select max(seq) from outbox), ${trimmedSeq}), ${trimmedSeq}`.execute(db);
  await sql`delete from catalog_meta where name = 'trimmed-up-to'`.execute(db);
}

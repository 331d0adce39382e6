import { setTimeout } from 'node:timers/promises';
import { sql } from 'kysely';
import { ClefError } from '../../../core/index.ts';
import { globalOf } from './replication.ts';
import { literal, type Server } from './server.ts';
import { loginName } from './spider-node.ts';

const POLL_MS = 20;
/** A statement that was killed undoes what it did. */
const LAST_MS = 15_000;

/**
 * Lets no Spider node write here any more, over no connection, and not after a restart either. Returns the last transaction
 * that was written. Not for a replica to repeat.
 */
export async function fence(primary: Server): Promise<string> {
  const user = loginName(primary.database);
  // In this order nobody is refused between the two steps of a distributed commit who need not be.
  await primary.runUnlogged(sql`alter user if exists ${literal(user)}@'%' account lock`);
  await primary.run(sql`kill user ${literal(user)}`);
  await untilGone(primary, user);
  await primary.run(
    sql`set statement lock_wait_timeout = ${sql.lit(LAST_MS / 1_000)} for set global read_only = 1`,
  );
  return globalOf(primary, 'gtid_binlog_pos');
}

/** Whether it was, and is no primary any more, whatever it remembers. */
export async function isFenced(server: Server): Promise<boolean> {
  const [row] = await server.rows(
    sql<{ readonly isLocked: string | null }>`select json_value(priv, '$.account_locked') as isLocked
      from mysql.global_priv where user = ${loginName(server.database)} and host = '%'`,
  );
  return row?.isLocked === '1' || row?.isLocked === 'true';
}

export async function unfence(primary: Server): Promise<void> {
  await primary.run(sql`set global read_only = 0`);
  await primary.runUnlogged(
    sql`alter user if exists ${literal(loginName(primary.database))}@'%' account unlock`,
  );
}

async function untilGone(primary: Server, user: string): Promise<void> {
  const until = performance.now() + LAST_MS;
  for (;;) {
    const left = await primary.rows(
      sql`select id from information_schema.processlist where user = ${user} limit 1`,
    );
    if (left.length === 0) return;
    if (performance.now() > until)
      throw new ClefError('catalog-offline', `${primary.name}: its primary does not let go of a transaction`);
    await setTimeout(POLL_MS);
  }
}

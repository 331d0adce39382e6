import { sql } from 'kysely';
import { ClefError } from '../../../core/index.ts';
import type { MysqlAddress } from '../mysql/address.ts';
import type { Server } from './server.ts';

/** Beyond this a primary that waits for its replica looks like one that hangs (`PROMPT_MS`). */
const LONGEST_ACK_MS = 1_500;

/** docs/operations.md, "Replicas", has the reason of each. */
const WANTED = {
  log_bin: '1',
  log_slave_updates: '1',
  binlog_format: 'ROW',
  gtid_strict_mode: '1',
  sync_binlog: '1',
  innodb_flush_log_at_trx_commit: '1',
  rpl_semi_sync_master_enabled: '1',
  rpl_semi_sync_slave_enabled: '1',
  rpl_semi_sync_master_wait_point: 'AFTER_SYNC',
} as const;

/** What a replica says of itself (MariaDB manual, "SHOW REPLICA STATUS"). */
export interface Replication {
  readonly Master_Host: string;
  readonly Master_Port: number;
  readonly Slave_IO_Running: 'Yes' | 'Connecting' | 'Preparing' | 'No';
  readonly Slave_SQL_Running: 'Yes' | 'No';
  readonly Last_IO_Error: string;
  readonly Last_SQL_Error: string;
  /** Of the last transaction that was received whole. */
  readonly Gtid_IO_Pos: string;
  /** Null where it does not know. */
  readonly Seconds_Behind_Master: number | null;
}

/** Undefined for a server that repeats nobody. */
export async function replicationOf(server: Server): Promise<Replication | undefined> {
  const [status] = await server.rows(sql<Replication>`show slave status`);
  return status;
}

export function isFollowing(
  replication: Replication,
  { host, port }: Pick<MysqlAddress, 'host' | 'port'>,
): boolean {
  return replication.Master_Host === host && replication.Master_Port === port;
}

export async function serverIdOf(server: Server): Promise<number> {
  return Number(await globalOf(server, 'server_id'));
}

/**
 * Whether a server wrote down all transactions up to a position, by its `gtid_binlog_state`: the last number of each domain
 * and server. Both are GTIDs (domain-server-number) with commas between them.
 */
export function hasWritten(state: string, position: string): boolean {
  const last = new Map(parseGtids(state).map(({ origin, number }) => [origin, number]));
  return parseGtids(position).every(({ origin, number }) => number <= (last.get(origin) ?? 0n));
}

function parseGtids(text: string): readonly { readonly origin: string; readonly number: bigint }[] {
  return text
    .split(',')
    .filter(Boolean)
    .map((gtid) => {
      const [domain, server, number = ''] = gtid.trim().split('-');
      return { origin: `${domain}-${server}`, number: BigInt(number) };
    });
}

/** Whether commits of this primary wait for its replica. */
export async function isSemiSynchronous(primary: Server): Promise<boolean> {
  const [row] = await primary.rows(
    sql<{ readonly Value: string }>`show global status like 'Rpl_semi_sync_master_status'`,
  );
  return row?.Value === 'ON';
}

/** `config-invalid` lists each setting that keeps a primary and its replica from changing places. */
export async function assertPair(primary: Server, replica: Server): Promise<void> {
  const faults: string[] = [];
  for (const [server, role] of [
    [primary, 'primary'],
    [replica, 'replica'],
  ] as const) {
    for (const [name, wanted] of Object.entries(WANTED)) {
      const found = await globalOf(server, name);
      if (found !== wanted) faults.push(`${role}: ${name} is ${found}, and has to be ${wanted}`);
    }
    const ackMs = Number(await globalOf(server, 'rpl_semi_sync_master_timeout'));
    if (ackMs < 1 || ackMs > LONGEST_ACK_MS)
      faults.push(`${role}: rpl_semi_sync_master_timeout is ${ackMs}, and has to be 1 to ${LONGEST_ACK_MS}`);
  }
  if ((await serverIdOf(primary)) === (await serverIdOf(replica))) faults.push('both have one server_id');
  if ((await globalOf(primary, 'gtid_domain_id')) !== (await globalOf(replica, 'gtid_domain_id')))
    faults.push('they have two gtid_domain_ids');
  if (faults.length > 0)
    throw new ClefError('config-invalid', `${primary.name} cannot have this replica: ${faults.join('; ')}`);
}

export async function globalOf(server: Server, name: string): Promise<string> {
  const [row] = await server.rows(
    sql<{ readonly value: string | number }>`select ${sql.raw(`@@global.${name}`)} as value`,
  );
  return String(row?.value ?? '');
}

import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { sql } from 'kysely';
import { ClefError, toHex } from '../../../core/index.ts';
import type { MysqlAddress } from '../mysql/address.ts';
import type { OpenNode } from './primaries.ts';
import {
  assertPair,
  globalOf,
  hasWritten,
  isFollowing,
  isSemiSynchronous,
  type Replication,
  replicationOf,
} from './replication.ts';
import { literal, type Server } from './server.ts';

const REPLICATION_USER = 'clef_replica';
/** A replica that lost its primary tries again so often: until then commits wait, and then go without it. */
const RETRY_SECONDS = 2;
/** Of those that a catalogue has, the one that is made first. */
const FIRST_TABLE = 'schema_migration';
const POLL_MS = 50;
const CONNECT_MS = 20_000;

/**
 * Lets a server repeat what the primary does: one that is new beside a primary without tables, one that a backup of the
 * primary was restored on, or the primary of before a promotion. `config-invalid` says what keeps it from that.
 */
export async function followPrimary(replica: Server, primary: Server, signal: AbortSignal): Promise<void> {
  await assertPair(primary, replica);
  await replica.run(sql`set global read_only = 1`);
  const replication = await replicationOf(replica);
  if (!replication || !isFollowing(replication, primary.address)) await point(replica, primary);
  await replica.run(sql`start slave`);
  await untilConnected(replica, signal);
}

async function point(replica: Server, primary: Server): Promise<void> {
  const isEmpty = !(await replica.hasTable(FIRST_TABLE));
  if (isEmpty && (await primary.hasTable(FIRST_TABLE)))
    throw new ClefError(
      'config-invalid',
      `${replica.name}: its replica is empty, and its primary is not; restore a backup of the primary there first`,
    );
  const position = await globalOf(replica, 'gtid_current_pos');
  if (!isEmpty && position === '')
    throw new ClefError(
      'config-invalid',
      `${replica.name}: its replica does not know how far it is; set gtid_slave_pos to what the backup says`,
    );
  if (!hasWritten(await globalOf(primary, 'gtid_binlog_state'), position))
    throw new ClefError(
      'config-invalid',
      `${replica.name}: its replica has transactions that its primary never had (up to ${position}); make it anew`,
    );
  const password = toHex(randomBytes(24));
  const who = sql`${literal(REPLICATION_USER)}@'%'`;
  await primary.runUnlogged(sql`create or replace user ${who} identified by ${literal(password)}`);
  await primary.runUnlogged(sql`grant replication slave on *.* to ${who}`);
  const { host, port } = primary.address;
  await replica.run(sql`stop slave`);
  // It may have been a primary, whose own transactions count as those that it has.
  await replica.run(sql`change master to master_host = ${literal(host)}, master_port = ${sql.lit(port)},
    master_user = ${literal(REPLICATION_USER)}, master_password = ${literal(password)},
    master_connect_retry = ${sql.lit(RETRY_SECONDS)}, master_use_gtid = slave_pos, master_demote_to_slave = 1`);
}

async function untilConnected(replica: Server, signal: AbortSignal): Promise<void> {
  const until = performance.now() + CONNECT_MS;
  for (;;) {
    const replication = await replicationOf(replica);
    const { Slave_IO_Running: receives, Slave_SQL_Running: applies } = replication ?? {};
    if (receives === 'Yes' && applies === 'Yes') return;
    const hasStopped = receives === 'No' || applies === 'No';
    if (hasStopped || performance.now() > until)
      throw new ClefError(
        'config-invalid',
        `${replica.name}: its replica does not follow: ${faultOf(replication)}`,
      );
    await setTimeout(POLL_MS, undefined, { signal });
  }
}

export interface ReplicaState {
  readonly primary: Place;
  /** The list has it as the replica, which it was before a promotion. */
  readonly isPromoted: boolean;
  /** Commits wait for the replica. Otherwise what the primary acknowledges now is lost with it. */
  readonly isSemiSynchronous: boolean;
  /** Undefined where none is listed. */
  readonly replica?: Place & {
    readonly state: 'follows' | 'stopped' | 'away';
    /** Undefined where it does not know. */
    readonly behindSeconds: number | undefined;
    /** Why it does not follow, in MariaDB's words. */
    readonly fault: string;
  };
}

type Place = Pick<MysqlAddress, 'host' | 'port'>;

export async function replicaState({ primary, replica, isPromoted }: OpenNode): Promise<ReplicaState> {
  const of = ({ host, port }: Place): Place => ({ host, port });
  const state = {
    primary: of(primary.address),
    isPromoted,
    isSemiSynchronous: replica !== undefined && (await isSemiSynchronous(primary)),
  };
  if (!replica) return state;
  const place = of(replica.address);
  if (!replica.server)
    return { ...state, replica: { ...place, state: 'away', behindSeconds: undefined, fault: '' } };
  const replication = await replicationOf(replica.server);
  const isRunning =
    replication?.Slave_IO_Running === 'Yes' &&
    replication.Slave_SQL_Running === 'Yes' &&
    isFollowing(replication, primary.address);
  const behindSeconds = replication?.Seconds_Behind_Master ?? undefined;
  return isRunning
    ? { ...state, replica: { ...place, state: 'follows', behindSeconds, fault: '' } }
    : { ...state, replica: { ...place, state: 'stopped', behindSeconds, fault: faultOf(replication) } };
}

/** In MariaDB's words, which name transactions and hosts, and no one's data. */
export function faultOf(replication: Replication | undefined): string {
  if (!replication) return 'it was not told whom';
  return replication.Last_SQL_Error || replication.Last_IO_Error || 'replication was stopped';
}

import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import { ClefError } from '../../../core/index.ts';
import { type AnsweringShards, openAnswering, primariesOf } from './answering.ts';
import type { Server } from './server.ts';
import type { ShardServers } from './servers.ts';
import {
  forget,
  literalOf,
  membersOf,
  preparedAt,
  recordsOf,
  serverIdOf,
  threadOf,
  type Xid,
} from './xid.ts';

/** Transactions that end by themselves are gone by then. */
const DEFAULT_WATCH_MS = 2_000;

/**
 * A transaction of several data nodes, each of which has promised to commit it, and keeps its rows from everybody until it is
 * told: its Spider node was killed, or a data node was while it was being told.
 */
export interface InDoubt {
  /** As `XA COMMIT` takes it. */
  readonly xid: string;
  /** The data nodes that keep its rows, of those that answer. */
  readonly nodes: readonly string[];
  /** The Spider node that began it; undefined where none of those that answer did. */
  readonly spider: string | undefined;
  /** How it is to end. Only its Spider node knows. */
  readonly outcome: 'commit' | 'rollback' | undefined;
}

export interface Doubts {
  readonly inDoubt: readonly InDoubt[];
  /** Servers that do not answer, and data nodes without a primary that does. */
  readonly away: readonly string[];
}

export interface Settlement {
  readonly settled: readonly InDoubt[];
  /** Its Spider node does not answer, or a data node has not noticed yet that its connection is gone. */
  readonly left: readonly InDoubt[];
  readonly away: readonly string[];
}

export interface DoubtOptions {
  readonly signal: AbortSignal;
  /** For how long transactions are watched, to tell those that are at work. */
  readonly watchMs?: number;
}

/** What nobody works on any more. `config-invalid` where two Spider nodes name their transactions alike. */
export async function findInDoubt(servers: ShardServers, options: DoubtOptions): Promise<Doubts> {
  await using shards = await openAnswering(servers);
  const found = await find(shards, options);
  return { inDoubt: found.filter(({ nodes }) => nodes.length > 0).map(reported), away: awayFrom(shards) };
}

/**
 * Ends what is in doubt as its Spider node had decided: it notes a commit before it tells the first data node, so that what it has
 * not noted was committed nowhere. Broken off it goes on where it is called again. Spider's own `XA COMMIT` would not do: it knows
 * such a transaction only after a restart, and of one that was killed as it prepared not the data nodes.
 */
export async function settleInDoubt(servers: ShardServers, options: DoubtOptions): Promise<Settlement> {
  await using shards = await openAnswering(servers);
  const found = await find(shards, options);
  for (const { xid, nodes, outcome } of found) {
    if (outcome === undefined) continue;
    for (const node of nodes) await end(node, xid, outcome);
  }
  const held = await look(shards, options.signal);
  const isLeft = ({ xid }: Found) => (held.get(literalOf(xid))?.nodes.length ?? 0) > 0;
  // A data node that is away may have something prepared too.
  const away = awayFrom(shards);
  if (away.length === 0)
    await forgetSettled(
      servers,
      found.filter((one) => !isLeft(one)),
    );
  const inDoubt = found.filter(({ nodes }) => nodes.length > 0);
  return {
    settled: inDoubt.filter((one) => !isLeft(one)).map(reported),
    left: inDoubt.filter(isLeft).map(reported),
    away,
  };
}

function awayFrom({ nodes, spiders }: AnsweringShards): readonly string[] {
  return [...nodes, ...spiders].flatMap(({ name, problem }) => (problem === undefined ? [] : [name]));
}

/** A transaction, by what the servers that answer know of it. */
interface Seen {
  readonly xid: Xid;
  readonly nodes: readonly Server[];
  readonly record: { readonly spider: Server; readonly status: string } | undefined;
}

interface Found extends Seen {
  readonly spider: Server | undefined;
  readonly outcome: InDoubt['outcome'];
}

function reported({ xid, nodes, spider, outcome }: Found): InDoubt {
  return { xid: literalOf(xid), nodes: nodes.map(({ name }) => name), spider: spider?.name, outcome };
}

async function find(shards: AnsweringShards, options: DoubtOptions): Promise<readonly Found[]> {
  const { signal, watchMs = DEFAULT_WATCH_MS } = options;
  const answering = spidersOf(shards);
  const spiders = await byServerId(answering);
  const first = await look(shards, signal);
  if (first.size === 0) return [];
  const seenAtMs = performance.now();
  await wait(watchMs, undefined, { signal });
  // Before what was decided is read: who is not at work any more decides nothing.
  const atWork = new Map<Server, ReadonlySet<number>>();
  for (const spider of answering) atWork.set(spider, await threadsAtWork(spider, seenAtMs));
  const found: Found[] = [];
  for (const [name, seen] of await look(shards, signal)) {
    const spider = seen.record?.spider ?? spiders.get(serverIdOf(seen.xid));
    if (!first.has(name) || (spider && atWork.get(spider)?.has(threadOf(seen.xid)))) continue;
    const decided = seen.record?.status === 'COMMIT' ? 'commit' : 'rollback';
    found.push({ ...seen, spider, outcome: spider && decided });
  }
  return found;
}

function spidersOf({ spiders }: AnsweringShards): readonly Server[] {
  return spiders.flatMap(({ server }) => server ?? []);
}

/** At primaries alone: a replica ends what its primary does, and a transaction of its own would part the two. */
async function look(shards: AnsweringShards, signal: AbortSignal): Promise<ReadonlyMap<string, Seen>> {
  signal.throwIfAborted();
  const seen = new Map<string, Seen>();
  for (const node of primariesOf(shards)) {
    for (const xid of await preparedAt(node)) {
      const before = seen.get(literalOf(xid));
      seen.set(literalOf(xid), { xid, nodes: [...(before?.nodes ?? []), node], record: undefined });
    }
  }
  for (const spider of spidersOf(shards)) {
    for (const { xid, status } of await recordsOf(spider)) {
      const { nodes = [] } = seen.get(literalOf(xid)) ?? {};
      seen.set(literalOf(xid), { xid, nodes, record: { spider, status } });
    }
  }
  return seen;
}

async function byServerId(spiders: readonly Server[]): Promise<ReadonlyMap<number, Server>> {
  const byId = new Map<number, Server>();
  for (const spider of spiders) {
    const [row] = await spider.rows(sql<{ readonly id: number }>`select @@server_id as id`);
    const id = row?.id ?? 0;
    const other = byId.get(id);
    if (other)
      throw new ClefError(
        'config-invalid',
        `${other.name} and ${spider.name} have one server_id, so that nobody can tell whose a transaction is`,
      );
    byId.set(id, spider);
  }
  return byId;
}

/** A transaction is prepared and committed within one statement: threads that have been at one since before that moment. */
async function threadsAtWork(spider: Server, sinceMs: number): Promise<ReadonlySet<number>> {
  const forMs = performance.now() - sinceMs;
  const rows = await spider.rows(
    sql<{ readonly id: number }>`select id from information_schema.processlist
      where command <> 'Sleep' and time_ms >= ${forMs}`,
  );
  return new Set(rows.map(({ id }) => id));
}

async function end(node: Server, xid: Xid, outcome: 'commit' | 'rollback'): Promise<void> {
  try {
    await node.run(sql.raw(`xa ${outcome} ${literalOf(xid)}`));
  } catch (error) {
    // It has ended, or a connection that is gone has it still: whoever looks again knows.
    // A part that only read has ended with its connection, and says so (MariaDB's source, xa.cc, `trans_xa_detach`).
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ER_XAER_NOTA' && code !== 'ER_XA_RBROLLBACK') throw error;
  }
}

/** What Spider nodes had noted, but for transactions with data nodes of other catalogues. */
async function forgetSettled({ nodes }: ShardServers, settled: readonly Found[]): Promise<void> {
  const known = new Set(
    nodes.flatMap(({ primary, replica }) => [primary, replica]).map((at) => `${at?.host}:${at?.port}`),
  );
  for (const { xid, record } of settled) {
    if (!record) continue;
    const members = await membersOf(record.spider, xid);
    if (members.every(({ host, port }) => known.has(`${host}:${port}`))) await forget(record.spider, xid);
  }
}

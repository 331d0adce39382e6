import { sql } from 'kysely';
import { ClefError } from '../../../core/index.ts';
import type { MysqlAddress } from '../mysql/address.ts';
import type { ApplyOptions } from './apply.ts';
import { admitSpider, limitWaits } from './data-node.ts';
import { dropReplicaTables } from './replica-tables.ts';
import { fence, unfence } from './fence.ts';
import { followLink, loginOf } from './links.ts';
import { newestPrimary, type Primary, reach, readPrimary, writePrimary } from './primaries.ts';
import { faultOf } from './replicas.ts';
import { isFollowing, replicationOf, serverIdOf } from './replication.ts';
import type { Server } from './server.ts';
import type { ShardServers } from './servers.ts';

/** A node takes no writes while its replica catches up: one that is further behind has to do that before. */
const MOST_BEHIND_SECONDS = 10;
const CATCH_UP_MS = 30_000;
const SLICE_SECONDS = 1;

export interface Promotion {
  /** The primary now. */
  readonly address: Pick<MysqlAddress, 'host' | 'port'>;
  /** The primary of before answered, and takes no writes any more. It follows the new one after the next `apply`. */
  readonly isOldFenced: boolean;
  /** Spider nodes that did not answer: what they ask of this node fails until the next `apply`. */
  readonly leftOut: readonly string[];
}

/** The servers that take part. */
interface Cast {
  readonly name: string;
  readonly next: Server;
  readonly nextId: number;
  /** Undefined while it is away. */
  readonly old: Server | undefined;
  readonly spiders: readonly Server[];
}

/**
 * Makes the server that is listed as a node's replica its primary. Nothing that was acknowledged while the two were
 * semi-synchronous is lost, and the old primary takes no writes from any Spider node afterwards. Run again it changes
 * nothing; broken off it goes on where it is run again.
 */
export async function promoteReplica(
  { nodes, spiders, client }: ShardServers,
  name: string,
  { signal, onProgress }: ApplyOptions,
): Promise<Promotion> {
  const listed = nodes.find((node) => node.name === name);
  if (!listed?.replica)
    throw new ClefError('config-invalid', `the list of servers has no node ${name} with a replica`);
  await using stack = new AsyncDisposableStack();
  const next = stack.use(await reach(name, listed.replica));
  if (!next) throw new ClefError('catalog-offline', `${name}: its replica does not answer`);
  const old = stack.use(await reach(name, listed.primary));
  const present: Server[] = [];
  const leftOut: string[] = [];
  for (const spider of spiders) {
    const server = stack.use(await reach(spider.name, spider.address));
    if (server) present.push(server);
    else leftOut.push(spider.name);
  }
  if (leftOut.length > 0 && (!old || present.length === 0))
    throw new ClefError(
      'catalog-offline',
      `${leftOut.join(', ')}: does not answer, and with the old primary of ${name} it could take writes that nobody else sees; take it out of the list of servers where it stays off`,
    );
  for (const server of [old, next]) stack.use(await server?.claim());
  const cast: Cast = { name, next, nextId: await serverIdOf(next), old, spiders: present };
  const total = present.length + 2;
  onProgress({ done: 0, total, note: name });
  const primary = await takenOver(cast, signal);
  // Until the next `apply`, which knows what is a replica then.
  await dropReplicaTables(present, client);
  // From here on the new primary is the one that counts, whatever happens.
  if (old && !(await replicationOf(old))) await fence(old);
  onProgress({ done: 1, total, note: name });
  const login = await loginOf(present, next);
  await admitSpider(next, login.user, login.password);
  await limitWaits(next);
  await next.run(sql`set global read_only = 0`);
  // Last: until then it is seen that this was broken off.
  if (await replicationOf(next)) {
    await next.run(sql`stop slave`);
    await next.run(sql`reset slave all`);
  }
  let done = 2;
  for (const spider of present) {
    onProgress({ done: done++, total, note: spider.name });
    const link = { node: name, address: next.address, login, primary };
    await followLink(spider, link, { client, isFenced: old !== undefined });
  }
  onProgress({ done, total, note: '' });
  const { host, port } = next.address;
  return { address: { host, port }, isOldFenced: old !== undefined, leftOut };
}

/** Has the new primary apply all that was acknowledged, and remember that it is it. */
async function takenOver(cast: Cast, signal: AbortSignal): Promise<Primary> {
  const { name, next, nextId, old, spiders } = cast;
  const known = await newestPrimary([...spiders, next, ...(old ? [old] : [])], name);
  if (known?.serverId === nextId) return { ...known, successor: null };
  if (!known)
    throw new ClefError('config-invalid', `${name}: it has had no replica until now; apply the list first`);
  await assertReady(cast, known);
  for (const spider of spiders) await writePrimary(spider, name, { ...known, successor: nextId });
  try {
    await catchUp(cast, signal);
    const followed = await readPrimary(next, name);
    if (followed?.term !== known.term)
      throw new ClefError('config-invalid', `${name}: its replica is of another time; make it anew`);
  } catch (error) {
    // Where the old primary is gone as well, the next run goes on from here.
    if (old) await giveUp(cast, old, known).catch(() => undefined);
    throw error;
  }
  const primary = { term: known.term + 1, serverId: nextId, successor: null };
  await next.run(sql`stop slave`);
  await writePrimary(next, name, primary);
  return primary;
}

/** `config-invalid` before anything is changed. */
async function assertReady({ name, next, nextId, old }: Cast, known: Primary): Promise<void> {
  if (old && (await serverIdOf(old)) !== known.serverId)
    throw new ClefError('config-invalid', `${name}: the server listed as its primary is another one`);
  const replication = await replicationOf(next);
  if (replication?.Slave_SQL_Running !== 'Yes')
    throw new ClefError('config-invalid', `${name}: its replica does not follow: ${faultOf(replication)}`);
  if (old && !isFollowing(replication, old.address))
    throw new ClefError('config-invalid', `${name}: its replica follows another server`);
  const isBegun = known.successor === nextId;
  if (!old && !isBegun && replication.Slave_IO_Running === 'No')
    throw new ClefError(
      'config-invalid',
      `${name}: its replica had stopped before its primary went away: ${faultOf(replication)}`,
    );
  const behind = replication.Seconds_Behind_Master ?? 0;
  if (old && behind > MOST_BEHIND_SECONDS)
    throw new ClefError('config-invalid', `${name}: its replica is ${behind} s behind; promote it later`);
}

async function catchUp({ name, next, old }: Cast, signal: AbortSignal): Promise<void> {
  const until = performance.now() + CATCH_UP_MS;
  if (old) {
    const position = await fence(old);
    await next.run(sql`start slave io_thread`);
    while (!(await hasApplied(next, name, position))) {
      signal.throwIfAborted();
      if (performance.now() > until)
        throw new ClefError('catalog-offline', `${name}: its replica does not catch up; its primary goes on`);
    }
    return;
  }
  // Not both of its threads: where none is left, what was received and not applied is forgotten (MariaDB manual, "GTID").
  await next.run(sql`stop slave io_thread`);
  const received = (await replicationOf(next))?.Gtid_IO_Pos ?? '';
  while (!(await hasApplied(next, name, received))) signal.throwIfAborted();
}

async function hasApplied(replica: Server, name: string, position: string): Promise<boolean> {
  const [row] = await replica.rows(
    sql<{ readonly waited: number }>`select master_gtid_wait(${position}, ${SLICE_SECONDS}) as waited`,
  );
  if (row?.waited === 0) return true;
  const replication = await replicationOf(replica);
  if (replication?.Slave_SQL_Running !== 'Yes')
    throw new ClefError('config-invalid', `${name}: its replica cannot go on: ${faultOf(replication)}`);
  return false;
}

async function giveUp({ name, spiders }: Cast, old: Server, known: Primary): Promise<void> {
  await unfence(old);
  for (const spider of spiders) await writePrimary(spider, name, { ...known, successor: null });
}

import { sql } from 'kysely';
import { ClefError, isClefError } from '../../../core/index.ts';
import { MYSQL_TABLE } from '../migrations/define.ts';
import type { MysqlAddress } from '../mysql/address.ts';
import { replicationOf, serverIdOf } from './replication.ts';
import { Server } from './server.ts';
import type { DataNode } from './servers.ts';

/**
 * Which of a node's two servers is its primary. It lies on both of them and on every Spider node, and the highest term
 * counts: a primary that was away during a promotion comes back with a lower one.
 */
export interface Primary {
  /** Counts the promotions; 1 for the first primary. */
  readonly term: number;
  /** MariaDB's `server_id`. */
  readonly serverId: number;
  /** Of the server that a promotion which is under way makes the primary; on Spider nodes alone. */
  readonly successor: number | null;
}

export async function readPrimary(server: Server, node: string): Promise<Primary | undefined> {
  if (!(await server.hasTable('shard_primary'))) return undefined;
  const [row] = await server.rows(
    sql<Primary>`select term, server_id as serverId, successor from shard_primary where node = ${node}`,
  );
  return row;
}

export async function writePrimary(server: Server, node: string, primary: Primary): Promise<void> {
  const known = await readPrimary(server, node);
  if (isSame(known, primary)) return;
  await server.run(sql`create table if not exists shard_primary (
    node varchar(64) not null primary key, term bigint not null, server_id bigint not null, successor bigint)
    ${MYSQL_TABLE}`);
  const { term, serverId, successor } = primary;
  await server.run(sql`replace into shard_primary (node, term, server_id, successor)
    values (${node}, ${term}, ${serverId}, ${successor})`);
}

export function isSame(one: Primary | undefined, other: Primary | undefined): boolean {
  return (
    one?.term === other?.term && one?.serverId === other?.serverId && one?.successor === other?.successor
  );
}

/** Where terms are equal, the one that tells of a promotion under way. */
export async function newestPrimary(servers: readonly Server[], node: string): Promise<Primary | undefined> {
  const known = await Promise.all(servers.map((server) => readPrimary(server, node)));
  return known.reduce((newest, one) => {
    if (!one || !newest) return one ?? newest;
    if (one.term !== newest.term) return one.term > newest.term ? one : newest;
    return one.successor === null ? newest : one;
  }, undefined);
}

/** Undefined where the server is away. */
export async function reach(name: string, address: MysqlAddress): Promise<Server | undefined> {
  try {
    return await Server.make(name, address);
  } catch (error) {
    if (isClefError(error, 'catalog-offline')) return undefined;
    throw error;
  }
}

export interface OpenNode {
  readonly primary: Server;
  readonly replica?: OpenReplica | undefined;
  /** Undefined until the node has had a replica. */
  readonly known: Primary | undefined;
  /** The list has its primary as the replica, which that was before a promotion. */
  readonly isPromoted: boolean;
}

export interface OpenReplica {
  readonly address: MysqlAddress;
  /** Undefined while it is away. */
  readonly server: Server | undefined;
}

/** What is known of a node's servers by those that answer. */
export interface LookedAt {
  /** Undefined where it is away, or is none of them. */
  readonly found: Server | undefined;
  readonly known: Primary | undefined;
  /** The one that was found repeats another server. */
  readonly isReplica: boolean;
}

/** Finds the primary among a node's servers, whatever their places in the list. The first is the one of a new node. */
export async function lookAtNode(
  name: string,
  listed: readonly OpenReplica[],
  spiders: readonly Server[],
): Promise<LookedAt> {
  const answering = listed.flatMap(({ server }) => server ?? []);
  const known = await newestPrimary([...spiders, ...answering], name);
  const found = known ? await withId(answering, known.serverId) : listed[0]?.server;
  const isReplica = found !== undefined && (await replicationOf(found)) !== undefined;
  return { found, known, isReplica };
}

/** `catalog-offline` where a node's primary does not answer, `config-invalid` where none of its servers is it. */
export async function openNode(
  { name, primary, replica }: DataNode,
  spiders: readonly Server[],
  stack: AsyncDisposableStack,
): Promise<OpenNode> {
  const listed: OpenReplica[] = [];
  for (const address of replica ? [primary, replica] : [primary]) {
    listed.push({ address, server: stack.use(await reach(name, address)) });
  }
  const { found, known, isReplica } = await lookAtNode(name, listed, spiders);
  if (!found) {
    if (!known || listed.some(({ server }) => !server))
      throw new ClefError('catalog-offline', `${name}: its primary does not answer`);
    throw new ClefError(
      'config-invalid',
      `${name}: its primary has the server_id ${known.serverId}, and none of the servers listed has it`,
    );
  }
  if (known?.successor || isReplica)
    throw new ClefError(
      'config-invalid',
      known
        ? `${name}: a promotion was broken off; run it again first`
        : `${name}: the server listed as its primary is a replica`,
    );
  const other = listed.find(({ server }) => server !== found);
  if (!known && other && !other.server)
    throw new ClefError('catalog-offline', `${name}: its replica does not answer`);
  return { primary: found, replica: other, known, isPromoted: found !== listed[0]?.server };
}

async function withId(servers: readonly Server[], id: number): Promise<Server | undefined> {
  const ids = await Promise.all(servers.map(serverIdOf));
  return servers[ids.indexOf(id)];
}

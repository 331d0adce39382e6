import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { ClefError, toHex } from '../../../core/index.ts';
import { type BucketMap, evenMap } from './bucket-map.ts';
import {
  admitSpider,
  assertNamed,
  guardRanges,
  limitWaits,
  makeLanes,
  nameNode,
  prepareTables,
  readMap,
  writeMap,
} from './data-node.ts';
import { renewReplicaTables } from './replica-tables.ts';
import { followLink, loginOf, type PrimaryLink } from './links.ts';
import { type OpenNode, openNode, writePrimary } from './primaries.ts';
import { followPrimary } from './replicas.ts';
import { serverIdOf } from './replication.ts';
import { Server } from './server.ts';
import type { ShardServers } from './servers.ts';
import { makeTables, useTables } from './spider-node.ts';
import { admit } from './users.ts';

export interface ApplyOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: {
    readonly done: number;
    readonly total: number;
    readonly note: string;
  }) => void;
}

/** All servers of a sharded catalogue, connected. */
export interface OpenShards extends AsyncDisposable {
  /** The primaries. */
  readonly nodes: readonly Server[];
  readonly spiders: readonly Server[];
  /** By the name of their node; those without a replica are not in it, unless they had one. */
  readonly pairs: ReadonlyMap<string, OpenNode>;
}

/**
 * For whoever changes them. `catalog-offline` names the one that does not answer; a replica may be away once its node has had one.
 * `data-in-use` where somebody else changes them.
 */
export async function openShards({ nodes, spiders }: ShardServers): Promise<OpenShards> {
  await using stack = new AsyncDisposableStack();
  const openSpiders = await allOpened(
    spiders.map(async ({ name, address }) => stack.use(await Server.make(name, address))),
  );
  const opened = await allOpened(nodes.map((node) => openNode(node, openSpiders, stack)));
  // In one order, so that of two one has all of them.
  for (const { primary } of opened) {
    stack.use(await primary.claim());
    await assertNamed(primary);
  }
  const pairs = opened.filter(({ replica, known }) => replica ?? known);
  const owned = stack.move();
  return {
    nodes: opened.map(({ primary }) => primary),
    spiders: openSpiders,
    pairs: new Map(pairs.map((pair) => [pair.primary.name, pair])),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Where one fails, the others are waited for: what they open is closed with the rest. */
async function allOpened<Opened>(opening: readonly Promise<Opened>[]): Promise<readonly Opened[]> {
  await Promise.allSettled(opening);
  return Promise.all(opening);
}

/** The newest map that any node knows: a change of it reaches them one after another. */
export async function newestMap(nodes: readonly Server[]): Promise<BucketMap | undefined> {
  const maps = await Promise.all(nodes.map(readMap));
  return maps.reduce(
    (newest, map) => (map && map.version > (newest?.version ?? 0) ? map : newest),
    undefined,
  );
}

/**
 * Makes the shards, or brings them up to date: tables and guards on every data node, tables that name them on every
 * Spider node, users and grants, and replicas that follow. Run again it changes nothing; broken off it goes on where it is
 * run again. A replica that is away is told of at the end.
 */
export async function applyShards(servers: ShardServers, options: ApplyOptions): Promise<BucketMap> {
  await using shards = await openShards(servers);
  const { nodes, spiders, pairs } = shards;
  const known = await newestMap(nodes);
  const map = known ?? evenMap(nodes.map(({ name }) => name));
  const home = nodeNamed(nodes, map.home);
  for (const { node } of map.ranges) nodeNamed(nodes, node);
  await assertSpiders(spiders);
  const total = nodes.length + spiders.length;
  let done = 0;
  const links: PrimaryLink[] = [];
  for (const node of nodes) {
    options.signal.throwIfAborted();
    options.onProgress({ done: done++, total, note: node.name });
    await limitWaits(node);
    const pair = pairs.get(node.name);
    // Before there is anything that it would lack.
    if (pair?.replica?.server) await followPrimary(pair.replica.server, node, options.signal);
    await prepareTables(node, () => toHex(randomBytes(16)));
    if (node !== home) await node.run(sql`delete from catalog_meta`);
    await guardRanges(node, map);
    const { address } = node;
    const login = await loginOf(spiders, node);
    await makeLanes(node, map);
    await admitSpider(node, login.user, login.password);
    const primary = pair && (pair.known ?? { term: 1, serverId: await serverIdOf(node), successor: null });
    if (primary) await writePrimary(node, node.name, primary);
    await nameNode(node);
    await writeMap(node, map);
    links.push({ node: node.name, address, login, primary });
  }
  for (const spider of spiders) {
    options.signal.throwIfAborted();
    options.onProgress({ done: done++, total, note: spider.name });
    for (const link of links) await followLink(spider, link, { client: servers.client, isFenced: false });
    await useTables(spider, await makeTables(spider, home, map));
    await admit(spider, servers.client);
  }
  await renewReplicaTables(shards, home, map, servers.client);
  options.onProgress({ done, total, note: '' });
  for (const [name, { replica }] of pairs) {
    if (replica && !replica.server)
      throw new ClefError('catalog-offline', `${name}: its replica does not answer; all else is up to date`);
  }
  return map;
}

/** Each with the engine, and with a number of its own, by which distributed transactions are named. */
async function assertSpiders(spiders: readonly Server[]): Promise<void> {
  const numbers = new Map<number, string>();
  for (const spider of spiders) {
    const [row] = await spider.rows(sql<{ readonly number: number; readonly engine: string | null }>`
      select @@server_id as number,
        (select engine from information_schema.engines where engine = 'SPIDER') as engine`);
    if (row?.engine === null)
      throw new ClefError(
        'config-invalid',
        `${spider.name} has no Spider: install it, and set plugin_load_add = ha_spider in its configuration`,
      );
    const other = numbers.get(row?.number ?? 0);
    if (other !== undefined)
      throw new ClefError(
        'config-invalid',
        `${other} and ${spider.name} have one server_id: give each Spider node its own in its configuration`,
      );
    numbers.set(row?.number ?? 0, spider.name);
  }
}

export function nodeNamed(nodes: readonly Server[], name: string): Server {
  const node = nodes.find((one) => one.name === name);
  if (!node)
    throw new ClefError('config-invalid', `node ${name} holds buckets, and is not in the list of servers`);
  return node;
}

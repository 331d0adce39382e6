import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { ClefError, toHex } from '../../../core/index.ts';
import { type BucketMap, evenMap } from './bucket-map.ts';
import { admitSpider, guardRanges, makeLanes, prepareTables, readMap, writeMap } from './data-node.ts';
import { LOCK_WAIT_SECONDS } from '../mysql/sessions.ts';
import { Server } from './server.ts';
import type { ShardServers } from './servers.ts';
import {
  admitClef,
  linkNodes,
  type Login,
  loginName,
  makeTables,
  readLogin,
  useTables,
} from './spider-node.ts';

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
  readonly nodes: readonly Server[];
  readonly spiders: readonly Server[];
}

/** `catalog-offline` names the one that does not answer. */
export async function openShards({ nodes, spiders }: ShardServers): Promise<OpenShards> {
  await using stack = new AsyncDisposableStack();
  const opened = {
    nodes: await Promise.all(
      nodes.map(async ({ name, primary }) => stack.use(await Server.make(name, primary))),
    ),
    spiders: await Promise.all(
      spiders.map(async ({ name, address }) => stack.use(await Server.make(name, address))),
    ),
  };
  const owned = stack.move();
  return { ...opened, [Symbol.asyncDispose]: () => owned.disposeAsync() };
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
 * Spider node, users and grants. Run again it changes nothing; broken off it goes on where it is run again.
 */
export async function applyShards(servers: ShardServers, options: ApplyOptions): Promise<BucketMap> {
  await using shards = await openShards(servers);
  const { nodes, spiders } = shards;
  const known = await newestMap(nodes);
  const map = known ?? evenMap(nodes.map(({ name }) => name));
  const home = nodeNamed(nodes, map.home);
  await assertSpiders(spiders);
  const login = await loginOf(shards, home.database);
  const total = nodes.length + spiders.length;
  let done = 0;
  for (const node of nodes) {
    options.signal.throwIfAborted();
    options.onProgress({ done: done++, total, note: node.name });
    await node.run(sql`set global innodb_lock_wait_timeout = ${sql.lit(LOCK_WAIT_SECONDS)}`);
    await prepareTables(node, () => toHex(randomBytes(16)));
    if (node !== home) await node.run(sql`delete from catalog_meta`);
    await guardRanges(node, map);
    await makeLanes(node, map);
    await admitSpider(node, login.user, login.password);
    await writeMap(node, map);
  }
  const links = servers.nodes.map(({ name, primary }) => ({ node: name, address: primary }));
  for (const spider of spiders) {
    options.signal.throwIfAborted();
    options.onProgress({ done: done++, total, note: spider.name });
    await linkNodes(spider, links, login);
    await useTables(spider, await makeTables(spider, home, map));
    await admitClef(spider, servers.client);
  }
  options.onProgress({ done, total, note: '' });
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

async function loginOf({ spiders }: OpenShards, database: string): Promise<Login> {
  for (const spider of spiders) {
    const login = await readLogin(spider);
    if (login) return login;
  }
  return { user: loginName(database), password: toHex(randomBytes(24)) };
}

export function nodeNamed(nodes: readonly Server[], name: string): Server {
  const node = nodes.find((one) => one.name === name);
  if (!node)
    throw new ClefError('config-invalid', `node ${name} holds buckets, and is not in the list of servers`);
  return node;
}

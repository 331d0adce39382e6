import { sql } from 'kysely';
import { ClefError } from '../../../core/index.ts';
import { type BucketMap, bucketsOf, type Move, rangesOf } from './bucket-map.ts';
import { readMap } from './data-node.ts';
import { Server } from './server.ts';
import type { ShardServers } from './servers.ts';
import { readTold } from './spider-node.ts';

export interface ServerStatus {
  readonly name: string;
  /** What whoever keeps it should do something about; undefined where nothing is wrong. */
  readonly problem?: string;
}

export interface NodeStatus extends ServerStatus {
  /** `0–255, 512–600`; empty where it holds none. */
  readonly ranges: string;
  readonly buckets: number;
  /** Undefined where it does not answer. */
  readonly tracks?: number;
}

export interface ShardStatus {
  /** Undefined where there are no shards yet. */
  readonly version?: number;
  readonly move?: Move;
  readonly nodes: readonly NodeStatus[];
  readonly spiders: readonly ServerStatus[];
}

/** Of every server that answers; of the others, that they do not. */
export async function shardStatus({ nodes, spiders }: ShardServers): Promise<ShardStatus> {
  await using stack = new AsyncDisposableStack();
  const open = async (name: string, address: Parameters<typeof Server.connect>[1]) => {
    try {
      return stack.use(await Server.connect(name, address));
    } catch (error) {
      if (error instanceof ClefError) return error;
      throw error;
    }
  };
  const openNodes = await Promise.all(nodes.map(({ name, primary }) => open(name, primary)));
  const openSpiders = await Promise.all(spiders.map(({ name, address }) => open(name, address)));
  const maps = await Promise.all(
    openNodes.map(async (node) => (node instanceof Server ? readMap(node) : undefined)),
  );
  const map = maps.reduce(
    (newest, one) => (one && one.version >= (newest?.version ?? 0) ? one : newest),
    undefined,
  );
  return {
    ...(map && { version: map.version }),
    ...(map?.move && { move: map.move }),
    nodes: await Promise.all(nodes.map(({ name }, at) => statusOfNode(name, openNodes[at], map, maps[at]))),
    spiders: await Promise.all(spiders.map(({ name }, at) => statusOfSpider(name, openSpiders[at], map))),
  };
}

async function statusOfNode(
  name: string,
  node: Server | ClefError | undefined,
  map: BucketMap | undefined,
  own: BucketMap | undefined,
): Promise<NodeStatus> {
  const ranges = map ? rangesOf(map, name) : [];
  const held = {
    name,
    ranges: ranges.map(({ first, last }) => `${first}–${last}`).join(', '),
    buckets: map ? bucketsOf(map, name).length : 0,
  };
  if (!(node instanceof Server)) return { ...held, problem: node?.message ?? 'it was not asked' };
  if (own === undefined || own.version !== map?.version)
    return { ...held, problem: 'it was told of no map, or an old one: run `clef catalog shards apply`' };
  const [row] = await node.rows(sql<{ readonly tracks: number }>`select count(*) as tracks from track`);
  return { ...held, tracks: row?.tracks ?? 0 };
}

async function statusOfSpider(
  name: string,
  spider: Server | ClefError | undefined,
  map: BucketMap | undefined,
): Promise<ServerStatus> {
  if (!(spider instanceof Server)) return { name, problem: spider?.message ?? 'it was not asked' };
  const told = await readTold(spider);
  if (told !== undefined && told.version >= (map?.version ?? 0)) return { name };
  return { name, problem: 'it was told of no map, or an old one: run `clef catalog shards apply`' };
}

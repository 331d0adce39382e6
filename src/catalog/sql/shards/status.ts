import { sql } from 'kysely';
import { type AnsweringNode, type AnsweringSpider, openAnswering } from './answering.ts';
import { type BucketMap, bucketsOf, type Move, rangesOf } from './bucket-map.ts';
import { readMap } from './data-node.ts';
import { type ReplicaState, replicaState } from './replicas.ts';
import type { ShardServers } from './servers.ts';
import { readTold } from './spider-node.ts';

const OLD_MAP = 'it was told of no map, or an old one: run `clef catalog shards apply`';

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
  /** Its primary, wherever that is in the list, and its replica. Undefined where the primary does not answer. */
  readonly replicas?: ReplicaState;
}

export interface ShardStatus {
  /** Undefined where there are no shards yet. */
  readonly version?: number;
  readonly move?: Move;
  readonly nodes: readonly NodeStatus[];
  readonly spiders: readonly ServerStatus[];
}

/** Of every server that answers; of the others, that they do not. Of each data node's servers the one that is its primary now. */
export async function shardStatus(servers: ShardServers): Promise<ShardStatus> {
  await using shards = await openAnswering(servers);
  const { nodes, spiders } = shards;
  const maps = await Promise.all(nodes.map(async ({ open }) => open && readMap(open.primary)));
  const map = maps.reduce(
    (newest, one) => (one && one.version >= (newest?.version ?? 0) ? one : newest),
    undefined,
  );
  return {
    ...(map && { version: map.version }),
    ...(map?.move && { move: map.move }),
    nodes: await Promise.all(nodes.map((node, at) => statusOfNode(node, map, maps[at]))),
    spiders: await Promise.all(spiders.map((spider) => statusOfSpider(spider, map))),
  };
}

async function statusOfNode(
  { name, open, problem }: AnsweringNode,
  map: BucketMap | undefined,
  own: BucketMap | undefined,
): Promise<NodeStatus> {
  const ranges = map ? rangesOf(map, name) : [];
  const held = {
    name,
    ranges: ranges.map(({ first, last }) => `${first}–${last}`).join(', '),
    buckets: map ? bucketsOf(map, name).length : 0,
  };
  if (!open) return { ...held, problem: problem ?? 'it was not asked' };
  const replicas = await replicaState(open);
  if (own === undefined || own.version !== map?.version) return { ...held, replicas, problem: OLD_MAP };
  const [row] = await open.primary.rows(
    sql<{ readonly tracks: number }>`select count(*) as tracks from track`,
  );
  const fault = faultOfReplica(replicas);
  return { ...held, tracks: row?.tracks ?? 0, replicas, ...(fault !== undefined && { problem: fault }) };
}

/** What keeps a promotion from losing nothing; undefined where that is nothing, or there is no replica. */
function faultOfReplica({ replica, isSemiSynchronous }: ReplicaState): string | undefined {
  if (!replica) return undefined;
  if (replica.state === 'away') return 'its replica does not answer, so that its primary goes on alone';
  if (replica.state === 'stopped')
    return `its replica does not follow (${replica.fault}): run \`clef catalog shards apply\``;
  if (isSemiSynchronous) return undefined;
  return 'its primary does not wait for its replica: what it acknowledges now is lost with it';
}

async function statusOfSpider(
  { name, server, problem }: AnsweringSpider,
  map: BucketMap | undefined,
): Promise<ServerStatus> {
  if (!server) return { name, problem: problem ?? 'it was not asked' };
  const told = await readTold(server);
  if (told !== undefined && told.version >= (map?.version ?? 0)) return { name };
  return { name, problem: OLD_MAP };
}

import { randomUUID } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import type { MysqlAddress } from '../../src/catalog/sql/mysql/address.ts';
import { openShards } from '../../src/catalog/sql/shards/apply.ts';
import {
  applyShards,
  bucketTables,
  replicaState,
  type ShardServers,
} from '../../src/catalog/sql/shards/index.ts';
import { layCommitCutter } from './commit-cutter.ts';
import { type Mariadb, type MariadbOptions, startMariadb } from './start-mariadb.ts';
import { waitFor } from './wait-for.ts';

/** Spider keeps connections for each catalogue that it ever led to, and tests of one run make many. */
const MANY_CONNECTIONS = '--max-connections=2000';
/** Beyond the data nodes' own. */
const CUTTERS_FROM = 102;

/** Data nodes and Spider nodes without a catalogue. */
export interface ShardWorld extends AsyncDisposable {
  readonly nodes: readonly Mariadb[];
  /** Of the first nodes. */
  readonly replicas: readonly Mariadb[];
  readonly spiders: readonly Mariadb[];
  /** Of a catalogue of its own on them. */
  newServers(): ShardServers;
  /** Of an empty catalogue, which is given back when nobody uses it any more. */
  lease(): Promise<ShardLease>;
}

export interface ShardLease extends AsyncDisposable {
  readonly servers: ShardServers;
}

/** Where Clef signs in. */
export function clientAddress({ spiders, client }: ShardServers, at = 0): MysqlAddress {
  const spider = spiders[at];
  if (!spider) throw new Error('there are fewer Spider nodes');
  return { ...spider.address, ...client };
}

/** From then on what this node acknowledges is on both of its servers. */
export async function untilSemiSynchronous(servers: ShardServers, node: string): Promise<void> {
  await using shards = await openShards(servers);
  const pair = shards.pairs.get(node);
  if (!pair) throw new Error('this node has no replica');
  await waitFor('the replica', async () => (await replicaState(pair)).isSemiSynchronous || undefined);
}

/** The same catalogue, whose Spider nodes reach each data node over a cutter. */
export async function overCutters(servers: ShardServers, stack: AsyncDisposableStack) {
  const cutters = await Promise.all(
    servers.nodes.map(async ({ primary }, at) =>
      stack.use(await layCommitCutter(primary, `127.0.0.${at + CUTTERS_FROM}`)),
    ),
  );
  const nodes = servers.nodes.map((node, at) => ({
    ...node,
    primary: { ...node.primary, ...cutters[at]?.place },
  }));
  return { servers: { ...servers, nodes }, cutters };
}

export async function startShards(
  counts: { readonly nodes: number; readonly replicas?: number; readonly spiders: number },
  { settings = [], ...options }: Pick<MariadbOptions, 'isDurable' | 'isShared' | 'settings'> = {},
): Promise<ShardWorld> {
  await using stack = new AsyncDisposableStack();
  const { replicas: replicaCount = 0 } = counts;
  const start = (count: number, more: (at: number) => MariadbOptions) =>
    Promise.all(
      Array.from({ length: count }, async (_, at) =>
        stack.use(await startMariadb({ ...options, settings: [...settings, MANY_CONNECTIONS], ...more(at) })),
      ),
    );
  const [nodes, replicas, spiders] = await Promise.all([
    // Spider tells data nodes apart by their host.
    start(counts.nodes, (at) => ({ host: `127.0.0.${at + 2}`, isReplicated: at < replicaCount })),
    start(replicaCount, (at) => ({ host: `127.0.0.${at + 2 + counts.nodes}`, isReplicated: true })),
    start(counts.spiders, () => ({ isSpider: true })),
  ]);
  const owned = stack.move();
  const newServers = (): ShardServers => {
    const database = `clef_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
    return {
      nodes: nodes.map(({ login }, at) => {
        const { login: replica } = replicas[at] ?? {};
        return {
          name: `node-${at}`,
          primary: { ...login, database },
          ...(replica && { replica: { ...replica, database } }),
        };
      }),
      spiders: spiders.map(({ login }, at) => ({ name: `spider-${at}`, address: { ...login, database } })),
      client: { user: database, password: randomUUID() },
    };
  };
  const newCatalogue = async () => {
    const servers = newServers();
    await applyShards(servers, { signal: AbortSignal.timeout(60_000), onProgress: () => undefined });
    return servers;
  };
  const free: ShardServers[] = [];
  return {
    nodes,
    replicas,
    spiders,
    newServers,
    async lease() {
      const servers = free.pop() ?? (await newCatalogue());
      return {
        servers,
        async [Symbol.asyncDispose]() {
          const catalogId = randomUUID().replaceAll('-', '');
          await Promise.all(servers.nodes.map(({ primary }) => empty(primary, catalogId)));
          free.push(servers);
        },
      };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** As `applyShards` leaves a new one, in less time. */
async function empty(node: MysqlAddress, catalogId: string): Promise<void> {
  const connection = await createConnection(node);
  try {
    await connection.query('set @clef_moves = 1');
    for (const table of bucketTables)
      if (table !== 'outbox_lane') await connection.query(`delete from \`${table}\``);
    await connection.query('update outbox_lane set last_seq = 0, trimmed_seq = 0');
    await connection.query("delete from catalog_meta where name <> 'catalog-id'");
    await connection.query("update catalog_meta set value = ? where name = 'catalog-id'", [catalogId]);
  } finally {
    await connection.end();
  }
}

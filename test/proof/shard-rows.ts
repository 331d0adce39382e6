import { sql } from 'kysely';
import { bucketTables, type ShardServers } from '../../src/catalog/sql/shards/index.ts';
import { type BucketMap, nodeOf } from '../../src/catalog/sql/shards/bucket-map.ts';
import { Server } from '../../src/catalog/sql/shards/server.ts';

export type TableName = (typeof bucketTables)[number];

export interface RowCounts {
  /** Of each table, node by node. */
  readonly counts: ReadonlyMap<TableName, readonly number[]>;
  /** Rows that lie on another node than the map says. */
  readonly strangers: number;
}

export async function connectNodes(
  { nodes }: ShardServers,
  stack: AsyncDisposableStack,
): Promise<readonly Server[]> {
  const servers: Server[] = [];
  for (const { name, primary } of nodes) servers.push(stack.use(await Server.connect(name, primary)));
  return servers;
}

/** What lies on the data nodes, asked without Spider. */
export async function countRows(nodes: readonly Server[], map: BucketMap): Promise<RowCounts> {
  const counts = new Map<TableName, number[]>();
  let strangers = 0;
  for (const table of bucketTables) {
    const ofNodes: number[] = [];
    for (const node of nodes) {
      const buckets = await node.rows(
        sql<{ readonly vb: number; readonly rows: number }>`select vb, count(*) as ${sql.ref('rows')}
          from ${sql.table(table)} group by vb`,
      );
      ofNodes.push(buckets.reduce((sum, { rows }) => sum + rows, 0));
      // Migrations make lane 0 everywhere, before there is a map.
      if (table === 'outbox_lane') continue;
      for (const { vb, rows } of buckets) if (nodeOf(map, vb) !== node.name) strangers += rows;
    }
    counts.set(table, ofNodes);
  }
  return { counts, strangers };
}

import { type Kysely, sql } from 'kysely';
import { BUCKET_COUNT, ClefError } from '../../core/index.ts';
import type { Schema } from './schema.ts';

/** Inclusive on both sides. */
export interface BucketRange {
  readonly first: number;
  readonly last: number;
}

/** One place where buckets lie: a shard, or the whole of a database that is not sharded. */
export interface Part {
  /** Of a partition of the tables that name the shards'. */
  readonly name: string | undefined;
  /** In order. */
  readonly ranges: readonly BucketRange[];
}

export const WHOLE: Part = { name: undefined, ranges: [{ first: 0, last: BUCKET_COUNT - 1 }] };

/**
 * The shards that a Spider node names. Buckets move, so that it is asked each time. `catalog-offline` where it does not know of all
 * buckets: one that was started while a data node is away opens no table, and says that there are none.
 */
export async function shardsOf(db: Kysely<Schema>): Promise<readonly Part[]> {
  const { rows } = await sql<{ readonly name: string; readonly buckets: string }>`
    select partition_name as name, partition_description as buckets from information_schema.partitions
    where table_schema = database() and table_name = 'outbox_lane' order by partition_ordinal_position`.execute(
    db,
  );
  const shards = rows.map(({ name, buckets }) => ({ name, buckets: buckets.split(',').map(Number) }));
  if (shards.reduce((count, { buckets }) => count + buckets.length, 0) !== BUCKET_COUNT)
    throw new ClefError('catalog-offline', 'a Spider node does not know where the buckets lie');
  return shards.map(({ name, buckets }) => ({ name, ranges: rangesOf(buckets) }));
}

function rangesOf(buckets: readonly number[]): readonly BucketRange[] {
  const ranges: BucketRange[] = [];
  for (const vb of buckets) {
    const before = ranges.at(-1);
    if (before?.last === vb - 1) ranges[ranges.length - 1] = { ...before, last: vb };
    else ranges.push({ first: vb, last: vb });
  }
  return ranges;
}

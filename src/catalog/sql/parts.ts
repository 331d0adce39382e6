import { type Kysely, sql } from 'kysely';
import { BUCKET_COUNT } from '../../core/index.ts';
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

/** The shards that a Spider node names. Buckets move, so that it is asked each time. */
export async function shardsOf(db: Kysely<Schema>): Promise<readonly Part[]> {
  const { rows } = await sql<{ readonly name: string; readonly buckets: string }>`
    select partition_name as name, partition_description as buckets from information_schema.partitions
    where table_schema = database() and table_name = 'outbox_lane' order by partition_ordinal_position`.execute(
    db,
  );
  return rows.map(({ name, buckets }) => ({ name, ranges: rangesOf(buckets.split(',').map(Number)) }));
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

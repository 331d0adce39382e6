import { type Kysely, type RawBuilder, sql } from 'kysely';
import { tupleAfter } from '../dialect.ts';
import { primaryKeys, type TableName } from '../primary-keys.ts';
import { batchesOf } from '../row-statements.ts';
import type { Schema } from '../schema.ts';
import type { BucketRange } from '../parts.ts';
import { bucketTables } from './data-node.ts';

const ROWS_AT_ONCE = 500;
/** The lists of a library are one bucket with a row for each of its tracks: what differs there is looked for in slices. */
const SMALL_BUCKET_ROWS = 5_000;
const SLICES = 256;

type Db = Kysely<Schema>;

/** How many rows there are of something, and 128 bits of all of their columns. */
interface Content {
  readonly part: number;
  readonly rows: number;
  readonly digest: string;
}

export interface CopyRowsOptions {
  readonly signal: AbortSignal;
  /** How many rows of how many were looked at. */
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * Makes a range of buckets on one node what it is on another; only what differs is read. `to` is a session that may write
 * past the guards. Answers how many rows were written or removed: 0 where both were the same.
 */
export async function copyRange(
  from: Db,
  to: Db,
  { first, last }: BucketRange,
  { signal, onProgress }: CopyRowsOptions,
): Promise<number> {
  const inRange = sql`vb between ${first} and ${last}`;
  let changed = 0;
  for (const [at, table] of bucketTables.entries()) {
    signal.throwIfAborted();
    for (const { part: vb, rows } of await differences({ from, to, table }, sql`vb`, inRange)) {
      signal.throwIfAborted();
      changed += await copyBucket({ from, to, table }, vb, rows);
    }
    onProgress(at + 1, bucketTables.length);
  }
  return changed;
}

interface Sides {
  readonly from: Db;
  readonly to: Db;
  readonly table: TableName;
}

/** The parts of some rows that are not the same on both sides, with the greater number of rows. */
async function differences(
  { from, to, table }: Sides,
  part: RawBuilder<unknown>,
  of: RawBuilder<unknown>,
): Promise<readonly Content[]> {
  const row = await digestOfRow(from, table);
  const [source, target] = await Promise.all(
    [from, to].map(async (db) => (await contents(table, row, part, of).execute(db)).rows),
  );
  const there = new Map(target?.map((content) => [content.part, content]));
  const differing = (source ?? []).flatMap((content) => {
    const other = there.get(content.part);
    there.delete(content.part);
    if (other?.digest === content.digest && other.rows === content.rows) return [];
    return [{ ...content, rows: Math.max(content.rows, other?.rows ?? 0) }];
  });
  return [...differing, ...there.values()];
}

function contents(
  table: TableName,
  row: RawBuilder<unknown>,
  part: RawBuilder<unknown>,
  of: RawBuilder<unknown>,
): RawBuilder<Content> {
  const half = (from: number) =>
    sql`bit_xor(cast(conv(substring(${row}, ${sql.lit(from)}, 16), 16, 10) as unsigned))`;
  return sql<Content>`select ${part} as part, count(*) as ${sql.ref('rows')},
    concat(${half(1)}, '-', ${half(17)}) as digest
    from ${sql.table(table)} where ${of} group by 1`;
}

/** So that no two rows are one text: bytes as digits, and texts in quotes. */
async function digestOfRow(db: Db, table: TableName): Promise<RawBuilder<unknown>> {
  const { rows } = await sql<{ readonly name: string; readonly type: string }>`
    select column_name as name, data_type as type from information_schema.columns
    where table_schema = database() and table_name = ${table} order by column_name`.execute(db);
  const columns = rows.map(({ name, type }) =>
    /blob|binary/.test(type) ? sql`ifnull(hex(${sql.ref(name)}), 'NULL')` : sql`quote(${sql.ref(name)})`,
  );
  return sql`md5(concat_ws(',', ${sql.join(columns)}))`;
}

async function copyBucket(sides: Sides, vb: number, rows: number): Promise<number> {
  const { from, to, table } = sides;
  const inBucket = sql`vb = ${vb}`;
  if (rows <= SMALL_BUCKET_ROWS) return copyPart(from, to, table, inBucket);
  const key = primaryKeys[table].map((column) => sql.ref(column));
  const slice = sql`crc32(concat_ws(',', ${sql.join(key)})) % ${sql.lit(SLICES)}`;
  const differing = await differences(sides, slice, inBucket);
  if (differing.length === 0) return 0;
  const slices = sql.join(differing.map(({ part }) => sql.lit(part)));
  return copyPart(from, to, table, sql`${inBucket} and ${slice} in (${slices})`);
}

async function copyPart(from: Db, to: Db, table: TableName, of: RawBuilder<unknown>): Promise<number> {
  const { numAffectedRows } = await sql`delete from ${sql.table(table)} where ${of}`.execute(to);
  let changed = Number(numAffectedRows ?? 0);
  const key = primaryKeys[table];
  const order = sql.join(key.map((column) => sql.ref(column)));
  let after: RawBuilder<unknown> = sql`true`;
  for (;;) {
    const { rows } = await sql<Readonly<Record<string, unknown>>>`select * from ${sql.table(table)}
      where ${of} and ${after} order by ${order} limit ${sql.lit(ROWS_AT_ONCE)}`.execute(from);
    const last = rows.at(-1);
    if (!last) return changed;
    for (const part of batchesOf(rows)) await to.insertInto(table).values(part).execute();
    changed += rows.length;
    if (rows.length < ROWS_AT_ONCE) return changed;
    after = tupleAfter(
      from,
      key,
      key.map((column) => last[column]),
    );
  }
}

/** Of a node that does not hold them any more. */
export async function removeRange(db: Db, { first, last }: BucketRange, signal: AbortSignal): Promise<void> {
  for (const table of bucketTables) {
    const { rows } = await sql<{ readonly vb: number }>`select distinct vb from ${sql.table(table)}
      where vb between ${first} and ${last}`.execute(db);
    for (const { vb } of rows) {
      signal.throwIfAborted();
      await sql`delete from ${sql.table(table)} where vb = ${vb}`.execute(db);
    }
  }
}

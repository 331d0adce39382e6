import { sql } from 'kysely';
import { compareText } from '../../names.ts';
import type { CatalogDatabase } from '../catalog-database.ts';
import { tupleAfter } from '../dialect.ts';
import { type BucketRange, WHOLE } from '../parts.ts';
import { type Prepared, prepared } from '../prepared.ts';
import type { Schema } from '../schema.ts';

/** Rows read at once; whoever else waits for the database gets a turn in between. */
const ROWS_PER_PAGE = 500;

/** Of the bucket. */
const FIRST = 'first';
const LAST = 'last';
/** Of the key's first column. */
const LEAST = 'least';

type Values = Readonly<Record<string, unknown>>;
type Key = readonly (string | number)[];

/**
 * All rows of a table in the order of a key, page by page: rows that change meanwhile show their old or their
 * new state, and none that stays is left out. `lowest` sorts before every key. Each shard is asked by itself: of several at once
 * Spider gives some rows twice, and in no order, from the second page on.
 */
export interface TableWalk {
  rows(from: CatalogDatabase, lowest: Key): AsyncIterable<Values>;
}

/** Keys hold integers and text only, and a bucket, `vb`. */
export function tableWalk(table: keyof Schema, key: readonly string[]): TableWalk {
  const [first = ''] = key;
  const pageOf = (isOfRange: boolean): Prepared<Record<string, string | number>, Values> =>
    prepared((db, param) => {
      let rows = db
        .selectFrom(table as 'library')
        .selectAll()
        // Says what the comparison of tuples implies, which SQLite does not see: an index of the rows that have
        // a value there will do.
        .where(sql.ref<string | number>(first), '>=', param(LEAST))
        .where(
          tupleAfter(
            db,
            key,
            key.map((column) => param(column)),
          ),
        )
        .limit(ROWS_PER_PAGE);
      if (isOfRange)
        rows = rows
          .where(sql.ref<number>('vb'), '>=', param(FIRST) as number)
          .where(sql.ref<number>('vb'), '<=', param(LAST) as number);
      for (const column of key) rows = rows.orderBy(sql.ref(column));
      return rows;
    });
  const page = pageOf(false);
  const pageOfRange = pageOf(true);
  const keyOf = (row: Values): Key => key.map((column) => row[column] as string | number);

  async function* stretch(from: CatalogDatabase, lowest: Key, range?: BucketRange): AsyncGenerator<Values> {
    let after = lowest;
    for (;;) {
      const cursor = Object.fromEntries(key.map((column, index) => [column, after[index] ?? '']));
      const params = { ...cursor, [LEAST]: after[0] ?? '' };
      const rows = await (range
        ? from.patient.all(pageOfRange, { ...params, [FIRST]: range.first, [LAST]: range.last })
        : from.patient.all(page, params));
      yield* rows;
      const newest = rows.at(-1);
      if (!newest || rows.length < ROWS_PER_PAGE) return;
      after = keyOf(newest);
    }
  }

  return {
    async *rows(from, lowest) {
      const parts = await from.parts();
      if (parts.includes(WHOLE)) {
        yield* stretch(from, lowest);
        return;
      }
      const ranges = parts.flatMap((part) => part.ranges).toSorted((a, b) => a.first - b.first);
      if (first === 'vb') {
        for (const range of ranges)
          if (Number(lowest[0] ?? 0) <= range.last) yield* stretch(from, lowest, range);
        return;
      }
      yield* merged(
        ranges.map((range) => stretch(from, lowest, range)),
        keyOf,
      );
    },
  };
}

/** So many together, and at the end fewer. */
export async function* grouped<Row>(rows: AsyncIterable<Row>, count: number): AsyncGenerator<readonly Row[]> {
  let group: Row[] = [];
  for await (const row of rows) {
    group.push(row);
    if (group.length < count) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

/** Of several that are each in the order of the key. */
async function* merged(
  streams: readonly AsyncGenerator<Values>[],
  keyOf: (row: Values) => Key,
): AsyncGenerator<Values> {
  const heads: { readonly row: Values; readonly stream: AsyncGenerator<Values> }[] = [];
  const take = async (stream: AsyncGenerator<Values>) => {
    const { done, value } = await stream.next();
    if (done !== true) heads.push({ row: value, stream });
  };
  for (const stream of streams) await take(stream);
  for (;;) {
    const next = heads.toSorted((a, b) => compareKeys(keyOf(a.row), keyOf(b.row)))[0];
    if (!next) return;
    heads.splice(heads.indexOf(next), 1);
    yield next.row;
    await take(next.stream);
  }
}

function compareKeys(a: Key, b: Key): number {
  for (const [at, left] of a.entries()) {
    const right = b[at] ?? '';
    const order = typeof left === 'string' ? compareText(left, String(right)) : left - Number(right);
    if (order !== 0) return order;
  }
  return 0;
}

import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { compareText } from '../../names.ts';
import type { CatalogDatabase } from '../catalog-database.ts';
import { tupleAfter } from '../dialect.ts';
import { type BucketRange, type Part, shardsOf } from '../parts.ts';
import { type Executor, executor, type Prepared, prepared } from '../prepared.ts';
import type { Schema } from '../schema.ts';

/** Rows read at once; whoever else waits for the database gets a turn in between. */
const ROWS_PER_PAGE = 500;

/** Spider nodes hear of a move one after the other. */
const PARTED_PAUSE_MS = 50;

/** Of the bucket. */
const FIRST = 'first';
const LAST = 'last';
/** Of the key's first column. */
const LEAST = 'least';

type Values = Readonly<Record<string, unknown>>;
type Key = readonly (string | number)[];

/** What a walk needs of a database. */
export type WalkedDatabase = Pick<CatalogDatabase, 'lanes' | 'patient'>;

/**
 * All rows of a table in the order of a key, page by page: rows that change meanwhile show their old or their
 * new state, and none that stays is left out, nor where buckets move. `lowest` sorts before every key. One shard is asked at a
 * time: of several at once Spider gives some rows twice, and in no order, from the second page on.
 */
export interface TableWalk {
  rows(from: WalkedDatabase, lowest: Key): AsyncIterable<Values>;
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
        rows = rows.where('vb', '>=', param(FIRST) as number).where('vb', '<=', param(LAST) as number);
      for (const column of key) rows = rows.orderBy(sql.ref(column));
      return rows;
    });
  const page = pageOf(false);
  const pageOfRange = pageOf(true);
  const keyOf = (row: Values): Key => key.map((column) => row[column] as string | number);
  const cursorAt = (after: Key) => ({
    ...Object.fromEntries(key.map((column, index) => [column, after[index] ?? ''])),
    [LEAST]: after[0] ?? '',
  });

  /**
   * All by one connection, since Spider nodes hear of a move one after the other. `Parted` where the range does not lie together
   * all the while.
   */
  async function readTogether(session: Kysely<Schema>, reads: Executor, after: Key, range: BucketRange) {
    const { first, last } = range;
    const assertTogether = async () => {
      const ranges = rangesIn(await shardsOf(session));
      if (!ranges.some((one) => one.first <= first && last <= one.last)) throw new Parted();
    };
    await assertTogether();
    const rows = await reads.all(pageOfRange, { ...cursorAt(after), [FIRST]: first, [LAST]: last });
    await assertTogether();
    return rows;
  }

  function readPage({ patient }: WalkedDatabase, after: Key, range: BucketRange | undefined) {
    if (!range) return patient.all(page, cursorAt(after));
    const { db } = patient;
    return db.connection().execute((session) => readTogether(session, executor(db, session), after, range));
  }

  async function* stretch(from: WalkedDatabase, lowest: Key, range?: BucketRange): AsyncGenerator<Values> {
    for (let after = lowest; ; ) {
      const rows = await readPage(from, after, range);
      yield* rows;
      const newest = rows.at(-1);
      if (!newest || rows.length < ROWS_PER_PAGE) return;
      after = keyOf(newest);
    }
  }

  async function* overShards(from: WalkedDatabase, after: Key): AsyncGenerator<Values> {
    const ranges = rangesIn(await shardsOf(from.patient.db));
    if (first === 'vb') {
      for (const range of ranges) if (Number(after[0]) <= range.last) yield* stretch(from, after, range);
    } else {
      const stretches = ranges.map((range) => stretch(from, after, range));
      yield* merged(stretches, keyOf);
    }
  }

  return {
    async *rows(from, lowest) {
      if (from.lanes === 'one') {
        yield* stretch(from, lowest);
        return;
      }
      for (let after = lowest; ; ) {
        try {
          for await (const row of overShards(from, after)) {
            yield row;
            after = keyOf(row);
          }
          return;
        } catch (error) {
          if (!(error instanceof Parted)) throw error;
          await sleep(PARTED_PAUSE_MS);
        }
      }
    },
  };
}

/** Buckets of a range have moved away from others of it: to be read anew where they lie now. */
class Parted extends Error {}

function rangesIn(parts: readonly Part[]): readonly BucketRange[] {
  return parts.flatMap(({ ranges }) => ranges).toSorted((a, b) => a.first - b.first);
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

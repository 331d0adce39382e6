import { type Kysely, sql } from 'kysely';
import type { CatalogDatabase } from '../catalog-database.ts';
import { tupleAfter } from '../dialect.ts';
import { type BucketRange, type Part, shardsOf } from '../parts.ts';
import { type Executor, executor, type Prepared, prepared } from '../prepared.ts';
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

/** What a walk needs of a database. */
export type WalkedDatabase = Pick<CatalogDatabase, 'lanes' | 'patient'>;

/**
 * All rows of a table in the order of a key, page by page: rows that change meanwhile show their old or their
 * new state, and none that stays is left out, nor where buckets move. `lowest` sorts before every key.
 */
export interface TableWalk {
  rows(from: WalkedDatabase, lowest: Key): AsyncIterable<Values>;
}

/** How far a walk has come: all rows up to a key, and all of the buckets before this one. */
interface Place {
  readonly after: Key;
  readonly vb: number;
}

interface Page {
  readonly rows: readonly Values[];
  /** Undefined at the end. */
  readonly next: Place | undefined;
}

/** Keys begin with the bucket, `vb`, and hold integers and text only. */
export function tableWalk(table: keyof Schema, key: readonly string[]): TableWalk {
  const pageOf = (isOfRange: boolean): Prepared<Record<string, string | number>, Values> =>
    prepared((db, param) => {
      let rows = db
        .selectFrom(table as 'library')
        .selectAll()
        // Says what the comparison of tuples implies, which SQLite does not see: an index of the rows that have
        // a value there will do.
        .where('vb', '>=', param(LEAST) as number)
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
  const cursorAt = (after: Key) => ({
    ...Object.fromEntries(key.map((column, index) => [column, after[index] ?? ''])),
    [LEAST]: after[0] ?? '',
  });
  /** Of the last row where there may be more. */
  const placeAfter = (rows: readonly Values[]): Place | undefined => {
    const last = rows.length < ROWS_PER_PAGE ? undefined : rows.at(-1);
    if (!last) return undefined;
    return { after: key.map((column) => last[column] as string | number), vb: Number(last['vb']) };
  };

  async function pageOfAll(from: WalkedDatabase, { after }: Place): Promise<Page> {
    const rows = await from.patient.all(page, cursorAt(after));
    return { rows, next: placeAfter(rows) };
  }

  /**
   * One shard is asked at a time: of several at once Spider gives some rows twice, and in no order, from the second page on. All
   * by one connection, since Spider nodes hear of a move one after the other. Undefined where buckets moved meanwhile.
   */
  async function pageOfShard(
    session: Kysely<Schema>,
    reads: Executor,
    place: Place,
  ): Promise<Page | undefined> {
    const range = rangesIn(await shardsOf(session)).find(({ last }) => last >= place.vb);
    if (!range) return { rows: [], next: undefined };
    const { first, last } = range;
    const rows = await reads.all(pageOfRange, { ...cursorAt(place.after), [FIRST]: first, [LAST]: last });
    const isTogether = rangesIn(await shardsOf(session)).some(
      (now) => now.first <= first && last <= now.last,
    );
    if (!isTogether) return undefined;
    return { rows, next: placeAfter(rows) ?? { after: place.after, vb: last + 1 } };
  }

  async function nextPage(from: WalkedDatabase, place: Place): Promise<Page> {
    if (from.lanes === 'one') return pageOfAll(from, place);
    const { db } = from.patient;
    for (;;) {
      const read = await db
        .connection()
        .execute((session) => pageOfShard(session, executor(db, session), place));
      if (read) return read;
    }
  }

  return {
    async *rows(from, lowest) {
      let place: Place | undefined = { after: lowest, vb: Number(lowest[0]) };
      while (place) {
        const { rows, next }: Page = await nextPage(from, place);
        yield* rows;
        place = next;
      }
    },
  };
}

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

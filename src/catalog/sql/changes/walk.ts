import { sql } from 'kysely';
import { tupleAfter } from '../dialect.ts';
import type { CatalogDatabase } from '../catalog-database.ts';
import type { BucketRange } from '../parts.ts';
import { type Prepared, prepared } from '../prepared.ts';
import type { Schema } from '../schema.ts';

/** Rows read at once; whoever else waits for the database gets a turn in between. */
const ROWS_PER_PAGE = 500;

/** Of the first column of the key. */
const FIRST = 'first';
const LAST = 'last';

type Values = Readonly<Record<string, unknown>>;

/**
 * All rows of a table in the order of a key, page by page: rows that change meanwhile show their old or their
 * new state, and none that stays is left out. `lowest` sorts before every key.
 */
export interface TableWalk {
  rows(from: CatalogDatabase, lowest: readonly (string | number)[]): AsyncIterable<Values>;
}

export function tableWalk(table: keyof Schema, key: readonly string[]): TableWalk {
  const page: Prepared<Record<string, string | number>, Values> = prepared((db, param) => {
    let rows = db
      .selectFrom(table as 'library')
      .selectAll()
      // Says what the comparison of tuples implies, which SQLite does not see: an index of the rows that have
      // a value there will do.
      .where(sql.ref<string | number>(key[0] ?? ''), '>=', param(FIRST))
      .where(sql.ref<string | number>(key[0] ?? ''), '<=', param(LAST))
      .where(
        tupleAfter(
          db,
          key,
          key.map((column) => param(column)),
        ),
      )
      .limit(ROWS_PER_PAGE);
    for (const column of key) rows = rows.orderBy(sql.ref(column));
    return rows;
  });
  return {
    async *rows(from, lowest) {
      const start = lowest[0] ?? 0;
      for (const { first, last } of await stretches(from, key)) {
        if (Number(start) > last) continue;
        let after = lowest;
        for (;;) {
          const cursor = Object.fromEntries(key.map((column, index) => [column, after[index] ?? '']));
          const least = Math.max(first, Number(after[0]));
          const rows = await from.patient.all(page, { ...cursor, [FIRST]: least, [LAST]: last });
          yield* rows;
          const newest = rows.at(-1);
          if (!newest || rows.length < ROWS_PER_PAGE) break;
          // Keys hold integers and text only.
          after = key.map((column) => newest[column] as string | number);
        }
      }
    },
  };
}

/** Each lies on one shard, which alone is asked: what another has of it may be on its way there. */
async function stretches(from: CatalogDatabase, key: readonly string[]): Promise<readonly BucketRange[]> {
  if (key[0] !== 'vb') return [{ first: -1, last: Number.MAX_SAFE_INTEGER }];
  const parts = await from.parts();
  return parts.flatMap(({ ranges }) => ranges).toSorted((a, b) => a.first - b.first);
}

import { sql } from 'kysely';
import { tupleAfter } from '../dialect.ts';
import { type Executor, type Prepared, prepared } from '../prepared.ts';
import type { Schema } from '../schema.ts';

/** Rows read at once; whoever else waits for the database gets a turn in between. */
const ROWS_PER_PAGE = 500;

type Values = Readonly<Record<string, unknown>>;

/**
 * All rows of a table in the order of a key, page by page: rows that change meanwhile show their old or their
 * new state, and none that stays is left out. `lowest` sorts before every key.
 */
export interface TableWalk {
  rows(from: Executor, lowest: readonly (string | number)[]): AsyncIterable<Values>;
}

export function tableWalk(table: keyof Schema, key: readonly string[]): TableWalk {
  const page: Prepared<Record<string, string | number>, Values> = prepared((db, param) => {
    let rows = db
      .selectFrom(table as 'library')
      .selectAll()
      // Says what the comparison of tuples implies, which SQLite does not see: an index of the rows that have
      // a value there will do.
      .where(sql.ref<string | number>(key[0] ?? ''), '>=', param(key[0] ?? ''))
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
      let after = lowest;
      for (;;) {
        const cursor = Object.fromEntries(key.map((column, index) => [column, after[index] ?? '']));
        const rows = await from.all(page, cursor);
        yield* rows;
        const last = rows.at(-1);
        if (!last || rows.length < ROWS_PER_PAGE) return;
        // Keys hold integers and text only.
        after = key.map((column) => last[column] as string | number);
      }
    },
  };
}

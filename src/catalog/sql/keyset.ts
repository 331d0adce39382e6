import { sql } from 'kysely';
import { compareText } from '../names.ts';
import { type Executor, type Prepared, prepared } from './prepared.ts';
import type { Schema } from './schema.ts';

/** Where a list was left: the last item's place in it. */
export interface Cursor {
  readonly sort: string | number;
  readonly id: number;
}

export type Direction = 'asc' | 'desc';

/** One index range: rows that agree in the `equal` columns, ordered by `sort` and then by `id`. */
export interface KeysetShape {
  readonly table: keyof Schema;
  readonly equal: readonly string[];
  readonly sort: string;
  readonly id: string;
  readonly direction: Direction;
}

interface KeysetParams {
  readonly equal: Readonly<Record<string, string | number>>;
  readonly after: Cursor;
  /** Exclusive going up, inclusive going down. */
  readonly end: string | number;
  readonly limit: number;
}

export interface Keyset {
  readonly direction: Direction;
  /** The next rows of the range, each with its cursor. */
  after(from: Executor, params: KeysetParams): Promise<Cursor[]>;
}

/**
 * `sort >= x and (sort > x or id > y)`, since neither engine turns a comparison of pairs into one index range
 * (MySQL) or both ends of it (SQLite).
 */
export function keyset({ table, equal, sort, id, direction }: KeysetShape): Keyset {
  const isUp = direction === 'asc';
  const query: Prepared<Record<string, string | number>, Cursor> = prepared((db, param) => {
    const sortRef = sql.ref<string | number>(sort);
    const idRef = sql.ref<number>(id);
    // One code for many tables; the shapes are constants of this folder.
    let rows = db
      .selectFrom(table as 'library_album')
      .select([sortRef.as('sort'), idRef.as('id')])
      .where(sortRef, isUp ? '>=' : '<=', param('after_sort'))
      .where(sortRef, isUp ? '<' : '>=', param('end'))
      .where((row) =>
        row.or([
          row(sortRef, isUp ? '>' : '<', param('after_sort')),
          row(idRef, isUp ? '>' : '<', param('after_id') as number),
        ]),
      );
    for (const column of equal) {
      rows = rows.where(sql.ref<string | number>(column), '=', param(column));
    }
    rows = rows.orderBy(sortRef, direction);
    // SQLite sorts again for a column that is named twice.
    if (id !== sort) rows = rows.orderBy(idRef, direction);
    return rows.limit(param('limit') as number);
  });
  return {
    direction,
    after: (from, { equal: values, after, end, limit }) =>
      from.all(query, { ...values, after_sort: after.sort, after_id: after.id, end, limit }),
  };
}

/** Beyond every key and every number that lists order by. */
const LAST_TEXT = '\u{10ffff}';
const LAST_NUMBER = Number.MAX_SAFE_INTEGER;

/** A whole range of texts or numbers, walked in a direction. */
export function wholeRange(
  type: 'text' | 'number',
  direction: Direction,
): { readonly start: Cursor; readonly end: string | number } {
  const [low, high] = type === 'text' ? ['', LAST_TEXT] : [0, LAST_NUMBER];
  return direction === 'asc'
    ? { start: { sort: low, id: -1 }, end: high }
    : { start: { sort: high, id: LAST_NUMBER }, end: low };
}

function compareCursors(a: Cursor, b: Cursor): number {
  const bySort =
    typeof a.sort === 'string' && typeof b.sort === 'string'
      ? compareText(a.sort, b.sort)
      : Number(a.sort) - Number(b.sort);
  return bySort || a.id - b.id;
}

/** The next `limit` of several ranges in one order, each item once. */
export function mergeCursors(
  ranges: readonly (readonly Cursor[])[],
  direction: Direction,
  limit: number,
): readonly Cursor[] {
  const [only] = ranges;
  if (only && ranges.length === 1) return only;
  const sign = direction === 'asc' ? 1 : -1;
  const merged = ranges.flat().sort((a, b) => sign * compareCursors(a, b));
  return merged.filter(({ id }, index) => merged[index - 1]?.id !== id).slice(0, limit);
}

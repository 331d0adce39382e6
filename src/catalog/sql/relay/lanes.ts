import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { CatalogDatabase } from '../catalog-database.ts';
import type { BucketRange, Part } from '../parts.ts';
import type { OutboxEntryRow, OutboxLaneRow } from '../schema.ts';

/** Lanes that are asked in one query, and changes that are taken from it at once. */
const LANES_AT_ONCE = 64;
const ENTRIES_AT_ONCE = 1_000;

/** How far each lane of a part has come. */
export async function lanesIn({ db }: CatalogDatabase, part: Part): Promise<readonly OutboxLaneRow[]> {
  const { rows } = await sql<OutboxLaneRow>`select vb, last_seq, trimmed_seq
    from ${table('outbox_lane', part)} where last_seq > 0 and ${inRanges(part.ranges)}`.execute(db);
  return rows;
}

/** The next changes of some lanes of a part, in the order of each, from where they were read to. */
export async function* entriesIn(
  { db }: CatalogDatabase,
  part: Part,
  places: readonly { readonly vb: number; readonly seq: number }[],
): AsyncGenerator<readonly OutboxEntryRow[]> {
  for (let start = 0; start < places.length; start += LANES_AT_ONCE) {
    let wanted = places.slice(start, start + LANES_AT_ONCE);
    while (wanted.length > 0) {
      const after = wanted.map(({ vb, seq }) => sql`(vb = ${vb} and seq > ${seq})`);
      const { rows } =
        await sql<OutboxEntryRow>`select vb, seq, writer, table_name, row_key, row_version, ${sql.ref('row')}
        from ${table('outbox_entry', part)} where ${sql.join(after, sql` or `)}
        order by vb, seq limit ${sql.lit(ENTRIES_AT_ONCE)}`.execute(db);
      yield rows;
      const last = rows.at(-1);
      if (!last || rows.length < ENTRIES_AT_ONCE) break;
      // Lanes come in order: those before the last one's are read to their end.
      wanted = wanted
        .filter(({ vb }) => vb >= last.vb)
        .map((place) => (place.vb === last.vb ? { vb: last.vb, seq: last.seq } : place));
    }
  }
}

/** What a shard holds besides may be on its way to or from another. */
function inRanges(ranges: readonly BucketRange[]): RawBuilder<SqlBool> {
  const terms = ranges.map(({ first, last }) => sql`vb between ${sql.lit(first)} and ${sql.lit(last)}`);
  return sql<SqlBool>`(${sql.join(terms, sql` or `)})`;
}

function table(table: string, { name }: Part) {
  return name === undefined ? sql.table(table) : sql`${sql.table(table)} partition (${sql.id(name)})`;
}

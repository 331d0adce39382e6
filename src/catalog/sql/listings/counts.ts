import { type Executor, prepared } from '../prepared.ts';
import type { GenreRow, TallyRow } from '../schema.ts';
import type { GenreSpelling, TallyKey, Touched } from './touched.ts';

const genreCount = prepared<GenreSpelling, { track_count: number }>((db, param) =>
  db
    .selectFrom('genre')
    .select('track_count')
    .where('vb', '=', param('vb'))
    .where('genre_key', '=', param('genre_key'))
    .where('library_id', '=', param('library_id'))
    .where('name', '=', param('name')),
);
const putGenre = prepared<GenreRow, unknown>((db, param) =>
  db.replaceInto('genre').values({
    vb: param('vb'),
    genre_key: param('genre_key'),
    library_id: param('library_id'),
    name: param('name'),
    track_count: param('track_count'),
  }),
);
const deleteGenre = prepared<GenreSpelling, unknown>((db, param) =>
  db
    .deleteFrom('genre')
    .where('vb', '=', param('vb'))
    .where('genre_key', '=', param('genre_key'))
    .where('library_id', '=', param('library_id'))
    .where('name', '=', param('name')),
);
const tallyTotal = prepared<TallyKey, { total: number }>((db, param) =>
  db
    .selectFrom('tally')
    .select('total')
    .where('vb', '=', param('vb'))
    .where('library_id', '=', param('library_id'))
    .where('kind', '=', param('kind'))
    .where('name', '=', param('name')),
);
const putTally = prepared<TallyRow, unknown>((db, param) =>
  db.replaceInto('tally').values({
    vb: param('vb'),
    library_id: param('library_id'),
    kind: param('kind'),
    name: param('name'),
    total: param('total'),
  }),
);
const deleteTally = prepared<TallyKey, unknown>((db, param) =>
  db
    .deleteFrom('tally')
    .where('vb', '=', param('vb'))
    .where('library_id', '=', param('library_id'))
    .where('kind', '=', param('kind'))
    .where('name', '=', param('name')),
);

/** Counts that reach nothing leave no row, so that equal catalogues hold equal rows. */
export async function applyCounts(tx: Executor, touched: Touched): Promise<void> {
  for (const { key, by } of touched.genres.values()) {
    if (by === 0) continue;
    const track_count = ((await tx.first(genreCount, key))?.track_count ?? 0) + by;
    await (track_count === 0 ? tx.run(deleteGenre, key) : tx.run(putGenre, { ...key, track_count }));
  }
  for (const { key, by } of touched.tallies.values()) {
    if (by === 0) continue;
    const total = ((await tx.first(tallyTotal, key))?.total ?? 0) + by;
    await (total === 0 ? tx.run(deleteTally, key) : tx.run(putTally, { ...key, total }));
  }
}

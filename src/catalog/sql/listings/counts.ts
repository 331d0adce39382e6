import type { CatalogTransaction } from '../transaction.ts';
import type { Touched } from './touched.ts';

/** Counts that reach nothing leave no row, so that equal catalogues hold equal rows. */
export async function applyCounts({ rows }: CatalogTransaction, touched: Touched): Promise<void> {
  // Every import changes some of these: whoever has taken them keeps others waiting until it ends, and ends soon.
  await rows.flush();
  const genres = [...touched.genres.values()].filter(({ by }) => by !== 0);
  await rows.load(
    'genre',
    genres.map(({ key }) => key),
  );
  for (const { key, by } of genres) {
    const track_count = ((await rows.get('genre', key))?.track_count ?? 0) + by;
    if (track_count === 0) rows.delete('genre', key);
    else rows.write('genre', { ...key, track_count });
  }
  const tallies = [...touched.tallies.values()].filter(({ by }) => by !== 0);
  await rows.load(
    'tally',
    tallies.map(({ key }) => key),
  );
  for (const { key, by } of tallies) {
    const total = ((await rows.get('tally', key))?.total ?? 0) + by;
    if (total === 0) rows.delete('tally', key);
    else rows.write('tally', { ...key, total });
  }
}

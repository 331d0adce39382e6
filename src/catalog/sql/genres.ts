import type { GenreView } from '../port.ts';
import { type Executor, prepared } from './prepared.ts';
import type { GenreRow, TallyRow } from './schema.ts';

type NoParams = Readonly<Record<string, never>>;

const spellings = prepared<NoParams, Pick<GenreRow, 'genre_key' | 'name' | 'track_count'>>((db) =>
  db.selectFrom('genre').select(['genre_key', 'name', 'track_count']).orderBy('genre_key'),
);
const albumTallies = prepared<NoParams, Pick<TallyRow, 'name' | 'total'>>((db) =>
  db.selectFrom('tally').select(['name', 'total']).where('kind', '=', 'genre-albums'),
);

/** By folded name, each under its most used spelling. */
export async function genres(from: Executor): Promise<readonly GenreView[]> {
  const albumCounts = new Map<string, number>();
  for (const { name, total } of await from.all(albumTallies, {})) {
    albumCounts.set(name, (albumCounts.get(name) ?? 0) + total);
  }
  const bySpelling = Map.groupBy(await from.all(spellings, {}), ({ genre_key }) => genre_key);
  return Array.from(bySpelling, ([key, rows]) => {
    const counts = new Map<string, number>();
    for (const { name, track_count } of rows) counts.set(name, (counts.get(name) ?? 0) + track_count);
    const [most] = [...counts].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
    return {
      name: most?.[0] ?? key,
      trackCount: rows.reduce((total, { track_count }) => total + track_count, 0),
      albumCount: albumCounts.get(key) ?? 0,
    };
  });
}

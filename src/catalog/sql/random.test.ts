import { expect, test } from 'vitest';
import { seededRandom } from '../../../test/support/random.ts';
import { importedTrack, labelId } from '../../../test/support/catalog-tracks.ts';
import type { LibraryId, UserId } from '../../core/index.ts';
import { createSqlCatalog, Database } from './index.ts';

const NOBODY = 1 as UserId;
const TRACKS = 2_400;

test('from a large library windows draw evenly enough, without repeats and within the filter', async () => {
  await using database = await Database.open({ file: ':memory:' });
  const catalog = createSqlCatalog(database, { random: seededRandom(3) });
  const libraryId = labelId<LibraryId>('library');
  await catalog.ensureLibrary(libraryId, 'Music');
  const source = await catalog.ensureSource(libraryId, '/music');
  await Promise.all(
    Array.from({ length: TRACKS }, (_, index) =>
      catalog.importTrack(
        importedTrack(source, `${index}`, {
          tags: { album: `${index % 100}`, artists: ['A'], genres: ['Rock'], year: 1_950 + (index % 60) },
        }),
      ),
    ),
  );

  const drawn = new Map<number, number>();
  for (let round = 0; round < 60; round++) {
    const tracks = await catalog.randomTracks({ count: 100 }, NOBODY);
    expect(new Set(tracks.map(({ id }) => id)).size).toBe(100);
    for (const { id } of tracks) drawn.set(id, (drawn.get(id) ?? 0) + 1);
  }
  // Of 2,400 tracks an even draw of 6,000 leaves out 8 %, and takes none more than about ten times.
  expect(drawn.size).toBeGreaterThan(TRACKS * 0.85);
  expect(Math.max(...drawn.values())).toBeLessThan(16);

  const genre = await catalog.randomTracks(
    { count: 300, genre: 'rock', fromYear: 1_960, toYear: 2_009 },
    NOBODY,
  );
  expect(genre).toHaveLength(300);
  expect(genre.every(({ year }) => year !== undefined && year >= 1_960)).toBe(true);
  const narrow = await catalog.randomTracks({ count: 300, fromYear: 2_000, toYear: 2_000 }, NOBODY);
  expect(narrow).toHaveLength(TRACKS / 60);
});

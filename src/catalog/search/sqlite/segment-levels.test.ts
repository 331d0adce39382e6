import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generatedChanges } from '../../../../bench/catalog/search-changes.ts';
import { catalogId, type TrackId } from '../../../core/index.ts';
import type { SearchChange } from '../port.ts';
import { openSearchIndex } from './index.ts';
import { readStructure, type SegmentLevels } from './segment-levels.ts';

const TRACKS = 4_000;
const PAGE = { offset: 0, count: 20 };

let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clef-segment-levels-'));
  path = join(folder, 'search.sqlite');
  await using index = openSearchIndex({ path });
  await index.rebuild(generatedChanges(TRACKS), { position: { catalogId: 'a', seq: 1 } });
});

afterAll(() => rm(folder, { recursive: true }));

/** Each of the tables that are searched, checked by FTS5 itself. */
function levelsOf(file: string): Record<string, SegmentLevels['levels']> {
  using database = new DatabaseSync(file);
  return Object.fromEntries(
    ['track_term', 'album_term', 'artist_term', 'word_gram'].map((table) => {
      database.exec(`INSERT INTO ${table} (${table}) VALUES ('integrity-check')`);
      const block = database.prepare(`SELECT block FROM ${table}_data WHERE id = 10`).get()?.['block'];
      return [table, readStructure(block as Uint8Array)?.levels ?? []];
    }),
  );
}

const newTrack = (number: number): SearchChange => ({
  kind: 'upsert',
  record: {
    kind: 'track',
    id: catalogId<TrackId>(2 ** 30 + number, 1),
    libraryIds: [],
    title: `Nocturne in ${number}`,
    artist: 'Newcomer',
    album: '',
  },
});

describe('the segments of a rebuild', () => {
  it('are one for each table, at the level of as many changes', () => {
    for (const [table, levels] of Object.entries(levelsOf(path))) {
      expect(levels.length, table).toBeGreaterThanOrEqual(7);
      expect(
        levels.map(({ segments }) => segments.length).filter((count) => count > 0),
        table,
      ).toEqual([1]);
      expect(levels.at(-1)?.segments.length, table).toBe(1);
    }
  });

  it('are not written again for small changes, which are merged among themselves, and found', async () => {
    const before = levelsOf(path)['track_term']?.at(-1)?.segments;
    {
      await using index = openSearchIndex({ path });
      for (let number = 0; number < 60; number++)
        index.apply([newTrack(number)], { catalogId: 'a', seq: 2 + number });
      while (index.tidy()) await index.settle();
      const found = index.search({ text: 'nocturne in 37', tracks: PAGE, albums: PAGE, artists: PAGE });
      expect(found.trackIds).toEqual([catalogId<TrackId>(2 ** 30 + 37, 1)]);
    }
    const after = levelsOf(path)['track_term'] ?? [];
    expect(after.at(-1)?.segments).toEqual(before);
    expect(after.every(({ merging }) => merging === 0)).toBe(true);
    expect(after.reduce((sum, { segments }) => sum + segments.length, 0)).toBeLessThan(10);
  });

  it('are left where their list has another form', () => {
    const whole = Uint8Array.from([0, 0, 0, 9, 2, 1, 0, 0, 0, 0, 1, 1, 1, 22]);
    expect(readStructure(whole)?.levels).toEqual([
      { merging: 0, segments: [] },
      { merging: 0, segments: [[1, 1, 22]] },
    ]);
    // Cut off; with more than it lists; with a list of the later form, which begins otherwise.
    expect(readStructure(whole.subarray(0, -1))).toBeUndefined();
    expect(readStructure(Uint8Array.from([...whole, 1]))).toBeUndefined();
    expect(readStructure(Uint8Array.from([0, 0, 0, 9, 0xff, 0, 0, 1, ...whole.subarray(4)]))).toBeUndefined();
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { importedTrack, labelId } from '../../../test/support/catalog-tracks.ts';
import { ClefError, type LibraryId, type TrackId, type UserId } from '../../core/index.ts';
import { createSqlCatalog, Database, type SqlCatalog } from '../sql/index.ts';
import { createFoundReader, type FoundReader, type SearchIndex, startSearchFeed } from './index.ts';
import { openSearchIndex } from './sqlite/index.ts';

const viewer = 1 as UserId;

const away: FoundReader = {
  tracks: fail,
  albums: fail,
  artists: fail,
};
const hanging: FoundReader = {
  tracks: () => new Promise(() => undefined),
  albums: () => new Promise(() => undefined),
  artists: () => new Promise(() => undefined),
};

async function fail(): Promise<never> {
  throw new ClefError('catalog-offline', 'gone');
}

let stack: AsyncDisposableStack;
let catalog: SqlCatalog;
let search: SearchIndex;
let trackId: TrackId;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'clef-found-'));
  stack.defer(() => rmSync(folder, { recursive: true }));
  catalog = createSqlCatalog(stack.use(await Database.open({ file: ':memory:' })));
  const libraryId = labelId<LibraryId>('library');
  await catalog.ensureLibrary(libraryId, 'Music');
  const source = await catalog.ensureSource(libraryId, '/music');
  trackId = await catalog.importTrack(
    importedTrack(source, 'a.flac', {
      tags: { title: 'Rose', album: 'Garden', artists: ['Ann'], albumArtists: ['Ann'], genres: ['Folk'] },
      cover: 'red',
    }),
  );
  search = stack.use(openSearchIndex({ path: join(folder, 'search.sqlite') }));
  const feed = stack.use(
    startSearchFeed({
      index: search,
      stream: catalog,
      onFailure: (error) => {
        throw error;
      },
    }),
  );
  await feed.nextCaughtUp();
});

afterEach(() => stack.disposeAsync());

test.each([
  ['away', away],
  ['silent', hanging],
])('while the database is %s, items are as their records say', async (_, gone) => {
  const [track] = await catalog.tracks([trackId], viewer);
  if (!track) throw new Error('no track');
  const albumIds = [track.albumId];
  const artistIds = track.artists.map(({ id }) => id);
  const found = createFoundReader({ catalog: gone, search, playing: catalog, patienceMs: 1 });
  const { albumId, createdAtMs, durationMs, suffix, mediaType, lengthBytes, coverAssetId } = track;
  const shown = { albumId, createdAtMs, durationMs, suffix, mediaType, lengthBytes, coverAssetId };
  expect(await found.tracks([trackId], viewer)).toMatchObject([
    { id: trackId, title: 'Rose', album: 'Garden', displayArtist: 'Ann', playCount: 0, ...shown },
  ]);
  const [album] = await catalog.albums(albumIds, viewer);
  expect(await found.albums(albumIds, viewer)).toEqual([{ ...album, artists: [], genres: [] }]);
  const [artist] = await catalog.artists(artistIds, viewer);
  expect(await found.artists(artistIds, viewer)).toEqual([{ ...artist, roles: [] }]);
});

test('what no record tells of fails as the database does', async () => {
  const found = createFoundReader({ catalog: away, search, playing: catalog });
  await expect(found.tracks([trackId, 77 as TrackId], viewer)).rejects.toMatchObject({
    code: 'catalog-offline',
  });
});

test('a database that answers is believed', async () => {
  const found = createFoundReader({ catalog, search, playing: catalog });
  await catalog.star(viewer, [{ kind: 'track', id: trackId }]);
  expect(await found.tracks([trackId, 77 as TrackId], viewer)).toEqual(
    await catalog.tracks([trackId], viewer),
  );
});

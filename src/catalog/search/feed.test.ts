import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { useCatalogOfTests } from '../../../test/support/catalog-place.ts';
import { importedTrack, labelId, type TrackChanges } from '../../../test/support/catalog-tracks.ts';
import type { AlbumId, ArtistId, LibraryId, TrackId, UserId } from '../../core/index.ts';
import type { ChangeStream, MusicSource } from '../port.ts';
import { createSqlCatalog, type SqlCatalog } from '../sql/index.ts';
import type { ProjectionFeed } from '../projection/index.ts';
import { type SearchIndex, startSearchFeed } from './index.ts';
import { openSearchIndex } from './sqlite/index.ts';

const listener = 1 as UserId;
const page = { offset: 0, count: 20 };

let folder: string;
let stack: AsyncDisposableStack;
let catalog: SqlCatalog;
let source: MusicSource;
let index: SearchIndex;
let failures: unknown[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'clef-feed-'));
  stack = new AsyncDisposableStack();
  stack.defer(() => rmSync(folder, { recursive: true }));
  failures = [];
  ({ catalog, source } = await newCatalog());
  index = openSearchIndex({ path: join(folder, 'search.sqlite') });
  stack.defer(() => index[Symbol.asyncDispose]());
});

afterEach(() => stack.disposeAsync());

async function newCatalog() {
  const database = await useCatalogOfTests(stack);
  const catalog = createSqlCatalog(database);
  const libraryId = labelId<LibraryId>('library');
  await catalog.ensureLibrary(libraryId, 'Music');
  return { catalog, source: await catalog.ensureSource(libraryId, '/music') };
}

function add(path: string, changes: TrackChanges): Promise<TrackId> {
  return catalog.importTrack(importedTrack(source, path, changes));
}

function follow(stream: ChangeStream = catalog): ProjectionFeed {
  return stack.use(startSearchFeed({ index, stream, onFailure: (error) => failures.push(error) }));
}

function search(text: string, libraryId?: LibraryId) {
  return index.search({
    text,
    tracks: page,
    albums: page,
    artists: page,
    ...(libraryId !== undefined && { libraryId }),
  });
}

const abbey = { album: 'Abbey Road', artists: ['The Beatles'], albumArtists: ['The Beatles'] };

test('what is imported can be found, with its album and artist, before and after the feed began', async () => {
  const one = await add('1', { tags: { ...abbey, title: 'Something' } });
  const feed = follow();
  await feed.caughtUp();
  expect(search('something').trackIds).toEqual([one]);
  const two = await add('2', { tags: { ...abbey, title: 'Octopus’s Garden' } });
  await feed.caughtUp();
  const found = search('beatles');
  expect(new Set(found.trackIds)).toEqual(new Set([one, two]));
  expect(found.albumIds).toHaveLength(1);
  expect(found.artistIds).toHaveLength(1);
  expect(index.record({ kind: 'track', id: two })).toMatchObject({
    title: 'Octopus’s Garden',
    album: 'Abbey Road',
    durationMs: 180_000,
  });
  expect(failures).toEqual([]);
});

test('what was there when somebody came to wait is found, though others write without a pause', async () => {
  const one = await add('1', { tags: { ...abbey, title: 'Something' } });
  let written = 1;
  const feed = follow({
    ...catalog,
    changesAfter: async (after, limit) => {
      await add(`${++written}`, { tags: { title: 'Anything', album: 'Yellow', artists: ['Others'] } });
      return catalog.changesAfter(after, limit);
    },
  });
  await feed.caughtUp();
  expect(search('something').trackIds).toEqual([one]);
  await add('0', { tags: { title: 'Nothing', album: 'Yellow', artists: ['Others'] } });
  await feed.caughtUp();
  expect(search('nothing').trackIds).toHaveLength(1);
});

test('a retag, a removal and an emptied album leave nothing of what was', async () => {
  const feed = follow();
  const id = await add('1', { tags: { ...abbey, title: 'Something' } });
  await feed.caughtUp();
  await add('1', { tags: { title: 'Anything', album: 'Yellow', artists: ['Others'] }, keepTrackId: id });
  await feed.caughtUp();
  expect(search('abbey')).toEqual({ trackIds: [], albumIds: [], artistIds: [] });
  expect(search('beatles').artistIds).toEqual([]);
  expect(search('yellow').trackIds).toEqual([id]);
  await catalog.removeTrack(id);
  await feed.caughtUp();
  expect(search('yellow')).toEqual({ trackIds: [], albumIds: [], artistIds: [] });
});

test('what is played comes first among equals', async () => {
  const feed = follow();
  await add('1', { tags: { title: 'Intro', album: 'A', artists: ['X'] } });
  await add('2', { tags: { title: 'Intro', album: 'B', artists: ['X'] } });
  await feed.caughtUp();
  const [one, two] = search('intro').trackIds as [TrackId, TrackId];
  await catalog.recordPlay(listener, two, 1);
  await feed.caughtUp();
  expect(search('intro').trackIds).toEqual([two, one]);
  expect(search('x').albumIds[0]).toBe((await catalog.tracks([two], listener))[0]?.albumId);
  await index.rebuild(noChanges(), { position: { catalogId: 'another', seq: 1 } });
  await feed.caughtUp();
  expect(search('intro').trackIds).toEqual([two, one]);
});

test('an index that is far behind is built anew, one that is less so follows', async () => {
  const built: number[] = [];
  const start = (farBehindChanges: number) =>
    startSearchFeed({
      index,
      stream: catalog,
      farBehindChanges,
      onRebuildProgress: (items) => built.push(items),
      onFailure: (error) => failures.push(error),
    });
  {
    await using feed = start(1);
    await feed.caughtUp();
  }
  built.length = 0;
  const known = index.position()?.seq ?? 0;
  const id = await add('1', { tags: { ...abbey, title: 'Something' } });
  const behind = (await catalog.lastSeq()) - known;
  {
    await using feed = start(behind);
    await feed.caughtUp();
    expect(search('something').trackIds).toEqual([id]);
    expect(built).toEqual([]);
  }
  await add('2', { tags: { title: 'Anything', album: 'Yellow', artists: ['Others'] } });
  {
    await using feed = start(1);
    await feed.caughtUp();
    expect(search('anything').trackIds).toHaveLength(1);
    expect(built.length).toBeGreaterThan(0);
  }
  expect(failures).toEqual([]);
});

test('an artist is found in every library that credits them', async () => {
  const otherId = labelId<LibraryId>('other library');
  await catalog.ensureLibrary(otherId, 'Other');
  const other = await catalog.ensureSource(otherId, '/other');
  const feed = follow();
  await add('1', { tags: { ...abbey, title: 'Something' } });
  await feed.caughtUp();
  expect(search('beatles', otherId).artistIds).toEqual([]);
  await catalog.importTrack(importedTrack(other, '2', { tags: { ...abbey, title: 'Help' } }));
  await feed.caughtUp();
  expect(search('beatles', otherId).artistIds).toHaveLength(1);
  expect(search('beatles', source.libraryId).artistIds).toEqual(search('beatles', otherId).artistIds);
});

async function* noChanges() {}

/** The same catalogue, telling what was asked of it. */
function watched(calls: string[]): ChangeStream {
  return {
    ...catalog,
    snapshot: (tables) => {
      calls.push('snapshot');
      return catalog.snapshot(tables);
    },
  };
}

test('a feed that starts again goes on from where the index stands', async () => {
  const first = follow();
  await add('1', { tags: { ...abbey, title: 'Something' } });
  await first.caughtUp();
  await first[Symbol.asyncDispose]();
  const two = await add('2', { tags: { ...abbey, title: 'Because' } });
  const calls: string[] = [];
  await follow(watched(calls)).caughtUp();
  expect(search('because').trackIds).toEqual([two]);
  expect(calls).toEqual([]);
});

test('another catalogue, an older one and a forgotten past each make the index anew', async () => {
  const first = follow();
  await add('1', { tags: { ...abbey, title: 'Something' } });
  await first.caughtUp();
  await first[Symbol.asyncDispose]();

  ({ catalog, source } = await newCatalog());
  const other = await add('1', { tags: { ...abbey, title: 'Because' } });
  const second = follow();
  await second.caughtUp();
  expect(search('beatles').trackIds).toEqual([other]);
  expect(search('something').trackIds).toEqual([]);
  await second[Symbol.asyncDispose]();

  const catalogId = await catalog.catalogId();
  const ghost = { kind: 'track', id: 5 as TrackId, libraryIds: [source.libraryId] } as const;
  const record = { ...ghost, title: 'Ghost', artist: '', album: '' };
  index.apply([{ kind: 'upsert', record }], { catalogId, seq: (await catalog.lastSeq()) + 1 });
  const third = follow();
  await third.caughtUp();
  expect(search('ghost').trackIds).toEqual([]);
  expect(search('because').trackIds).toEqual([other]);
  await third[Symbol.asyncDispose]();

  const late = await add('2', { tags: { ...abbey, title: 'Late' } });
  await catalog.trim(await catalog.lastSeq());
  await follow().caughtUp();
  expect(search('late').trackIds).toEqual([late]);
});

test('changes that were applied already are applied again without harm', async () => {
  const feed = follow();
  const id = await add('1', { tags: { ...abbey, title: 'Something' } });
  await catalog.recordPlay(listener, id, 1);
  await feed.caughtUp();
  const position = index.position();
  expect(position?.seq).toBe(await catalog.lastSeq());
  index.apply([], { catalogId: await catalog.catalogId(), seq: 1 });
  await feed.caughtUp();
  expect(index.position()).toEqual(position);
  expect(search('something')).toMatchObject({ trackIds: [id] });
  expect(search('abbey').albumIds).toHaveLength(1);
});

test('an index that breaks while it is followed is made anew', async () => {
  const feed = follow();
  const ids: TrackId[] = [];
  for (let number = 0; number < 200; number++) {
    ids.push(await add(`${number}`, { tags: { ...abbey, title: `Song ${number} ${number * 7919}` } }));
  }
  await feed.caughtUp();
  await feed[Symbol.asyncDispose]();
  await index[Symbol.asyncDispose]();
  const path = join(folder, 'search.sqlite');
  writeFileSync(path, readFileSync(path).fill(0xa5, 40 * 4096));
  index = openSearchIndex({ path });
  const again = follow();
  search('song');
  for (let number = 0; number < 200; number++) search(`${number * 7919}`);
  const last = await add('last', { tags: { ...abbey, title: 'Last' } });
  await again.caughtUp();
  expect(index.damaged).toBe(false);
  expect(search('last').trackIds).toEqual([last]);
  expect(search(`${199 * 7919}`).trackIds).toEqual([ids[199]]);
});

test('a failure is told, to the one who waits too, and the feed goes on once it can', async () => {
  let isBroken = true;
  const stream: ChangeStream = {
    ...catalog,
    catalogId: () => (isBroken ? Promise.reject(new Error('the database is away')) : catalog.catalogId()),
  };
  const feed = follow(stream);
  const id = await add('1', { tags: { ...abbey, title: 'Something' } });
  await expect(feed.caughtUp()).rejects.toThrow('away');
  expect(failures.length).toBeGreaterThan(0);
  expect(feed.lagMs()).toBeGreaterThan(0);
  isBroken = false;
  await feed.caughtUp();
  expect(search('something').trackIds).toEqual([id]);
  expect(feed.lagMs()).toBe(0);
});

test('a disposed feed follows no more and says so', async () => {
  const feed = follow();
  await feed.caughtUp();
  await feed[Symbol.asyncDispose]();
  await add('1', { tags: { ...abbey, title: 'Something' } });
  await expect(feed.caughtUp()).rejects.toThrow(/no longer followed/);
  expect(search('something').trackIds).toEqual([]);
});

test('ids of the three kinds are the catalogue’s own', async () => {
  const feed = follow();
  const id = await add('1', { tags: { ...abbey, title: 'Something' } });
  await feed.caughtUp();
  const { albumIds, artistIds } = search('beatles');
  const [track] = await catalog.tracks([id], listener);
  expect(albumIds).toEqual([track?.albumId satisfies AlbumId | undefined]);
  expect(artistIds).toEqual([track?.artists[0]?.id satisfies ArtistId | undefined]);
});

test('the index is tidied while there is no news', async () => {
  const tidied = Promise.withResolvers<void>();
  const tidy = index.tidy.bind(index);
  index.tidy = () => {
    const isMore = tidy();
    if (!isMore) tidied.resolve();
    return isMore;
  };
  const feed = stack.use(
    startSearchFeed({ index, stream: catalog, onFailure: (error) => failures.push(error), tidyAfterMs: 0 }),
  );
  for (let number = 1; number <= 5; number++) {
    await add(`${number}`, { tags: { ...abbey, title: `Something ${number}` } });
    await feed.caughtUp();
  }
  await tidied.promise;
  expect(search('something').trackIds).toHaveLength(5);
  expect(failures).toEqual([]);
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { importedTrack, labelHash, labelId, storedAsset } from '../../../test/support/catalog-tracks.ts';
import type { AlbumId, ArtistId, AssetId, LibraryId, TrackId, UserId } from '../../core/index.ts';
import type { AlbumOrder, MusicSource } from '../index.ts';
import { createSqlCatalog, Database, type SqlCatalog } from './index.ts';

// EXPLAIN QUERY PLAN (https://sqlite.org/eqp.html) of every statement that a call makes: `SEARCH` goes by a key
// or an index, `SCAN` reads a whole table, `USE TEMP B-TREE` sorts what was read before the first row comes out.

const page = { offset: 0, count: 10 };
const listener = 5 as UserId;

let folder: string;
let file: string;
let source: MusicSource;
let trackId: TrackId;
let albumId: AlbumId;
let artistId: ArtistId;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'clef-plans-'));
  file = join(folder, 'catalog.db');
  await using database = await Database.open({ file });
  const catalog = createSqlCatalog(database);
  const libraryId = labelId<LibraryId>('library');
  await catalog.ensureLibrary(libraryId, 'Music');
  source = await catalog.ensureSource(libraryId, '/music');
  for (const path of ['1', '2', '3']) trackId = await catalog.importTrack(track(path));
  const [view] = await catalog.tracks([trackId], listener);
  const artist = view?.artists[0];
  if (!view || !artist) throw new Error('the track is not there');
  albumId = view.albumId;
  artistId = artist.id;
  await catalog.star(listener, [
    { kind: 'album', id: albumId },
    { kind: 'track', id: trackId },
    { kind: 'artist', id: artistId },
  ]);
  await catalog.createPlaylist(listener, 'List', [trackId]);
});

afterAll(() => rmSync(folder, { recursive: true }));

function track(path: string, album = 'Album') {
  const tags = { album, artists: ['Artist'], albumArtists: ['Artist'], genres: ['Rock'], year: 1999 };
  return importedTrack(source, path, { tags, cover: 'x' });
}

/** Plans of what a database that was opened anew prepares for some work, one line a step. */
async function plansOf(
  work: (catalog: SqlCatalog, database: Database) => Promise<unknown>,
): Promise<string[]> {
  const statements: string[] = [];
  {
    await using database = await Database.open({ file });
    const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare');
    try {
      await work(createSqlCatalog(database), database);
      for (const [sql] of prepare.mock.calls) statements.push(sql);
    } finally {
      prepare.mockRestore();
    }
  }
  using database = new DatabaseSync(file);
  return statements
    .filter((sql) => /^(select|insert|replace|update|delete)\b/i.test(sql))
    .flatMap((sql) => {
      const steps = database.prepare(`explain query plan ${sql}`).all();
      return steps.map(({ detail }) => `${String(detail)}: ${sql}`);
    });
}

/** A handful of rows, whatever the size of the library. */
const HANDFUL = /: select \* from "library" order by "number"$/;
const VALUES_OF_THE_CALL = /^SCAN (\d+-ROW VALUES CLAUSE|CONSTANT ROW)/;

function scans(plans: readonly string[]): string[] {
  return plans.filter(
    (step) => step.startsWith('SCAN ') && !VALUES_OF_THE_CALL.test(step) && !HANDFUL.test(step),
  );
}

function sorts(plans: readonly string[]): string[] {
  return plans.filter((step) => step.startsWith('USE TEMP B-TREE') && !HANDFUL.test(step));
}

type Work = (catalog: SqlCatalog) => Promise<unknown>;

const orders: readonly AlbumOrder[] = [
  { kind: 'random' },
  { kind: 'newest' },
  { kind: 'highest' },
  { kind: 'frequent' },
  { kind: 'recent' },
  { kind: 'starred' },
  { kind: 'by-name' },
  { kind: 'by-artist' },
  { kind: 'by-year', fromYear: 1990, toYear: 2000 },
  { kind: 'by-year', fromYear: 2000, toYear: 1990 },
  { kind: 'by-genre', genre: 'Rock' },
];

const reads: Readonly<Record<string, Work>> = {
  tracks: (catalog) => catalog.tracks([trackId, 7 as TrackId], listener),
  albums: (catalog) => catalog.albums([albumId], listener),
  artists: (catalog) => catalog.artists([artistId], listener),
  albumTracks: (catalog) => catalog.albumTracks(albumId, listener),
  artistAlbums: (catalog) => catalog.artistAlbums(artistId, listener),
  allArtists: (catalog) => catalog.allArtists(listener),
  listArtists: (catalog) => catalog.listArtists(page, listener),
  artistLetters: (catalog) => catalog.artistLetters(),
  ...Object.fromEntries(
    orders.flatMap((order) => [
      [
        `listAlbums ${Object.values(order).join(' ')}`,
        (catalog) => catalog.listAlbums(order, page, listener),
      ],
      [
        `listAlbums ${Object.values(order).join(' ')} of one library`,
        (catalog) => catalog.listAlbums(order, page, listener, source.libraryId),
      ],
    ]) satisfies [string, Work][],
  ),
  tracksByGenre: (catalog) => catalog.tracksByGenre('Rock', page, listener),
  randomTracks: (catalog) => catalog.randomTracks({ count: 5 }, listener),
  'randomTracks of a genre and years': (catalog) =>
    catalog.randomTracks({ count: 5, genre: 'Rock', fromYear: 1990, toYear: 2000 }, listener),
  topTracks: (catalog) => catalog.topTracks(artistId, 5, listener),
  artistByName: (catalog) => catalog.artistByName('Artist'),
  similarTracks: (catalog) => catalog.similarTracks({ kind: 'track', id: trackId }, 5, listener),
  similarArtists: (catalog) => catalog.similarArtists(artistId, 5, listener),
  starred: (catalog) => catalog.starred(listener),
  everyTrack: (catalog) => catalog.everyTrack(page, listener),
  everyAlbum: (catalog) => catalog.everyAlbum(page, listener),
  everyArtist: (catalog) => catalog.everyArtist(page, listener),
  originalOf: (catalog) => catalog.originalOf(trackId),
  asset: (catalog) => catalog.asset(labelId<AssetId>('asset 3')),
  companion: (catalog) => catalog.companion(labelId<AssetId>('asset 3'), 'packet-table'),
  originalsWithout: (catalog) => Array.fromAsync(catalog.originalsWithout('flac')),
  lyricsOf: (catalog) => catalog.lyricsOf(trackId),
  playlists: (catalog) => catalog.playlists(listener),
  playQueue: (catalog) => catalog.playQueue(listener),
  fileAt: (catalog) => catalog.fileAt(source.id, '1'),
  fileByInode: (catalog) => catalog.fileByInode(source.id, '1:2'),
  fileByHash: (catalog) => catalog.fileByHash(source.libraryId, labelHash('content 1')),
  coverByHash: (catalog) => catalog.coverByHash(source.libraryId, labelHash('cover x')),
  sourceFiles: (catalog) => Array.fromAsync(catalog.sourceFiles(source.id)),
  changesAfter: (catalog) => catalog.changesAfter(0, 10),
  orphanedAssets: (catalog) => Array.fromAsync(catalog.orphanedAssets(1)),
  degradedAssets: (catalog) => Array.fromAsync(catalog.degradedAssets()),
  assetReferences: (catalog) => Array.fromAsync(catalog.assetReferences()),
};

describe('reading scans no table and sorts nothing that an index has in order', () => {
  test.each(Object.entries(reads))('%s', async (_, work) => {
    const plans = await plansOf(work);
    expect(plans).not.toEqual([]);
    expect(scans(plans)).toEqual([]);
    expect(sorts(plans)).toEqual([]);
  });
});

const writes: Readonly<Record<string, Work>> = {
  'importing a track': (catalog) => catalog.importTrack(track('4')),
  'retagging a track': (catalog) => catalog.importTrack({ ...track('1', 'Other'), keepTrackId: trackId }),
  'removing a track': async (catalog) => catalog.removeTrack(await catalog.importTrack(track('5'))),
  'adding a companion': (catalog) =>
    catalog.addCompanion({
      parentId: labelId<AssetId>('asset 1'),
      kind: 'packet-table',
      asset: storedAsset('table', { libraryId: source.libraryId }),
    }),
  'forgetting an asset with a companion': async (catalog) => {
    const parentId = labelId<AssetId>('asset 6');
    const id = await catalog.importTrack(track('6'));
    await catalog.addCompanion({ parentId, kind: 'flac' });
    await catalog.removeTrack(id);
    await catalog.forgetAsset(parentId);
  },
  'marking a file as missing': async (catalog) =>
    catalog.markMissing(await catalog.fileByHash(source.libraryId, labelHash('content 2')), 1),
  'recording a play': (catalog) => catalog.recordPlay(listener, trackId, 1),
  starring: (catalog) => catalog.star(listener, [{ kind: 'track', id: trackId }]),
  'making a playlist': (catalog) => catalog.createPlaylist(listener, 'Other', [trackId]),
};

describe('writing scans no table', () => {
  test.each(Object.entries(writes))('%s', async (_, work) => {
    const plans = await plansOf(work);
    expect(plans).not.toEqual([]);
    expect(scans(plans)).toEqual([]);
  });
});

test('what reads a whole table is known: genres and counts of artists', async () => {
  const plans = await plansOf(async (catalog) => {
    await catalog.genres();
    await catalog.counts();
    await catalog.lastSeq();
  });
  const tables = new Set(scans(plans).map((step) => /^SCAN (\w+)/.exec(step)?.[1]));
  expect(tables).toEqual(new Set(['genre', 'library_artist', 'tally']));
});

test('a statement without an index would be seen', async () => {
  const plans = await plansOf((_, { db }) =>
    db.selectFrom('track').selectAll().where('title', '=', 'x').orderBy('year').execute(),
  );
  expect(scans(plans)).toHaveLength(1);
  expect(sorts(plans)).toHaveLength(1);
});

import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AlbumId, ArtistId, LibraryId, TrackId, UserId } from '../../../core/index.ts';
import type { SearchChange, SearchIndex, SearchQuery, SearchRecord } from '../index.ts';
import { fieldTokens } from '../tokens.ts';
import { openSearchIndex } from './index.ts';

const home = 'a'.repeat(32) as LibraryId;
const other = 'b'.repeat(32) as LibraryId;
const catalogId = 'catalog-1';
let folder: string;
let path: string;
let index: SearchIndex;
let seq: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clef-search-'));
  path = join(folder, 'search.sqlite');
  index = openSearchIndex({ path });
  seq = 0;
});

afterEach(async () => {
  await index[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function track(id: number, title: string, artist = '', album = '', library = home): SearchChange {
  return {
    kind: 'upsert',
    record: { kind: 'track', id: id as TrackId, libraryIds: [library], title, artist, album },
  };
}

function album(id: number, title: string, artist = ''): SearchChange {
  return {
    kind: 'upsert',
    record: { kind: 'album', id: id as AlbumId, libraryIds: [home], title, artist, album: '' },
  };
}

function artist(id: number, title: string, libraryIds = [home]): SearchChange {
  return {
    kind: 'upsert',
    record: { kind: 'artist', id: id as ArtistId, libraryIds, title, artist: '', album: '' },
  };
}

function plays(id: number, count: number, user = 1): SearchChange {
  return { kind: 'plays', itemId: id as TrackId, userId: user as UserId, count };
}

function removal(id: number): SearchChange {
  return { kind: 'remove', item: { kind: 'track', id: id as TrackId } };
}

function apply(...changes: SearchChange[]): void {
  index.apply(changes, { catalogId, seq: ++seq });
}

async function* stream(changes: readonly SearchChange[]): AsyncGenerator<SearchChange> {
  yield* changes;
}

function search(text: string, options: Partial<SearchQuery> = {}) {
  const page = { offset: 0, count: 20 };
  return index.search({ text, tracks: page, albums: page, artists: page, ...options });
}

const tracks = (text: string, options?: Partial<SearchQuery>) => search(text, options).trackIds;

test('tracks, albums and artists are found by any beginning of each of their words', () => {
  apply(
    artist(1, 'The Beatles'),
    album(2, 'Abbey Road', 'The Beatles'),
    track(3, 'Come Together', 'The Beatles', 'Abbey Road'),
  );
  expect(search('beat')).toEqual({ trackIds: [3], albumIds: [2], artistIds: [1] });
  expect(search('road abb')).toEqual({ trackIds: [3], albumIds: [2], artistIds: [] });
  expect(search('tog b')).toEqual({ trackIds: [3], albumIds: [], artistIds: [] });
  expect(search('beatles stones')).toEqual({ trackIds: [], albumIds: [], artistIds: [] });
});

test('an empty text finds nothing', () => {
  apply(track(1, 'Something'));
  for (const text of ['', ' ', '""', '*', '"*"', '\0', '\u{f0001}']) expect(tracks(text)).toEqual([]);
});

test('accents, ligatures, width, case and spelling make no difference', () => {
  apply(
    track(1, 'Café ﬁancé Røyksopp'),
    track(2, 'ハンバーグ'),
    track(3, 'İstanbul'),
    track(4, 'Виктор Цой'),
  );
  expect(tracks('CAFE fiance roykso')).toEqual([1]);
  expect(tracks('café')).toEqual([1]);
  expect(tracks('ﾊﾝﾊﾞ')).toEqual([2]);
  expect(tracks('istan')).toEqual([3]);
  expect(tracks('цои')).toEqual([4]);
});

test('any part of a text in an unspaced script is found, voiced and unvoiced kana apart', () => {
  apply(track(1, '東京事変'), track(2, 'ガラス'), track(3, 'カラス'));
  for (const part of ['東', '京', '変', '東京', '京事', '事変', '京事変', '東京事変']) {
    expect(tracks(part), part).toEqual([1]);
  }
  expect(tracks('変東')).toEqual([]);
  expect(tracks('ガラス')).toEqual([2]);
});

test('pictures and names of marks are found', () => {
  apply(track(1, '💔'), track(2, 'Love 👩🏽‍🚀 Song'), track(3, '!!!'), track(4, '÷'));
  expect(tracks('💔')).toEqual([1]);
  expect(tracks('👩')).toEqual([2]);
  expect(tracks('love 👩‍🚀')).toEqual([2]);
  expect(tracks('!!!')).toEqual([3]);
  expect(tracks('÷')).toEqual([4]);
});

test('query syntax is text', () => {
  apply(track(1, 'Love OR Hate'), track(2, 'Love'));
  expect(tracks('love*')).toEqual([2, 1]);
  expect(tracks('"love or hate"')).toEqual([1]);
  expect(tracks('love NOT hate')).toEqual([]);
  expect(tracks('title:love')).toEqual([]);
});

test('an item named exactly so comes first, then whole words, then beginnings', () => {
  apply(track(1, 'Lovely Day'), track(2, 'All You Need Is Love'), track(3, 'Love'), track(4, 'Loveless'));
  apply(plays(1, 1000), plays(2, 100));
  expect(tracks('love')).toEqual([3, 2, 1, 4]);
});

test('title counts over artist over album, whole words over beginnings', () => {
  apply(
    track(1, 'Flash', 'Various', 'Queen'),
    track(2, 'Flash', 'Queen', 'Hot Space'),
    track(3, 'Killer Queen', 'Sheer', 'Heart'),
    track(4, 'Queensland', 'A', 'B'),
    track(5, 'Song', 'Queensryche', 'B'),
  );
  expect(tracks('queen')).toEqual([3, 2, 1, 4, 5]);
  expect(tracks('queen flash')).toEqual([2, 1]);
});

test('of items that match alike the more popular comes first', () => {
  apply(track(1, 'Intro'), track(2, 'Intro'), track(3, 'Intro'));
  apply(plays(2, 10), plays(3, 100));
  expect(tracks('intro')).toEqual([3, 2, 1]);
  apply(plays(1, 90, 1), plays(1, 950, 2));
  expect(tracks('intro')).toEqual([1, 3, 2]);
});

test('an unpopular item that matches best is found among many popular ones', () => {
  const many = Array.from({ length: 400 }, (_, number) => [
    track(number + 10, `Italian Days ${number}`, 'Meadow'),
    plays(number + 10, 1000),
  ]).flat();
  apply(...many, track(1, 'It'), track(2, 'It Me'), artist(3, 'The It'));
  expect(tracks('it').slice(0, 2)).toEqual([1, 2]);
  expect(tracks('it me')[0]).toBe(2);
  expect(tracks('it m')[0]).toBe(2);
  expect(search('it').artistIds).toEqual([3]);
});

test('pages of one query neither overlap nor leave gaps, however deep', () => {
  apply(
    ...Array.from({ length: 450 }, (_, number) =>
      track(number + 1, number % 3 ? `Rose ${number}` : 'Rosetta', number % 7 ? 'Rosanne' : 'Rose'),
    ),
    ...Array.from({ length: 60 }, (_, number) => plays(number * 5 + 1, number + 1)),
  );
  for (const text of ['ros', 'rose', 'rose ros', 'r']) {
    const whole = tracks(text, { tracks: { offset: 0, count: 1000 } });
    const pages = Array.from({ length: 46 }, (_, page) =>
      tracks(text, { tracks: { offset: page * 10, count: 10 } }),
    ).flat();
    expect(pages, text).toEqual(whole);
    expect(new Set(whole).size, text).toBe(whole.length);
  }
  expect(tracks('ros', { tracks: { offset: 0, count: 1000 } })).toHaveLength(450);
});

test('a page of nothing is nothing, and a page past the end too', () => {
  apply(track(1, 'Rose'), artist(2, 'Rose'));
  expect(search('rose', { tracks: { offset: 0, count: 0 } })).toEqual({
    trackIds: [],
    albumIds: [],
    artistIds: [2],
  });
  expect(tracks('rose', { tracks: { offset: 1, count: 5 } })).toEqual([]);
  expect(tracks('rose', { tracks: { offset: Number.MAX_SAFE_INTEGER, count: 5 } })).toEqual([]);
  expect(tracks('rose', { tracks: { offset: -3, count: 5 } })).toEqual([1]);
});

test('a search in one library finds nothing of another', () => {
  apply(track(1, 'Rose', '', '', home), track(2, 'Rose', '', '', other));
  expect(tracks('rose', { libraryId: home })).toEqual([1]);
  expect(tracks('rose', { libraryId: other })).toEqual([2]);
  expect(tracks('rose', { libraryId: 'c'.repeat(32) as LibraryId })).toEqual([]);
  expect(tracks('rose')).toEqual([1, 2]);
});

test('an artist is found in each library that credits them', () => {
  apply(artist(1, 'Rose', [home, other]), artist(2, 'Rose', [home]), artist(3, 'Rosa', [other]));
  expect(search('ros', { libraryId: home }).artistIds).toEqual([1, 2]);
  expect(search('ros', { libraryId: other }).artistIds).toEqual([1, 3]);
  apply(artist(1, 'Rose', [home]));
  expect(search('ros', { libraryId: other }).artistIds).toEqual([3]);
});

test('a mistyped word finds what was meant, where nothing is found as typed', () => {
  apply(artist(1, 'Metallica'), artist(2, 'The Beatles'), track(3, 'Hey Jude', 'The Beatles'));
  expect(search('metalica').artistIds).toEqual([1]);
  expect(search('beetles').artistIds).toEqual([2]);
  expect(search('baetles').artistIds).toEqual([2]);
  expect(tracks('hey jdue')).toEqual([3]);
  expect(tracks('beatels hey')).toEqual([3]);
  expect(tracks('heu')).toEqual([3]);
});

test('a mistyped word is told by the others, whatever it is like', () => {
  const others = Array.from({ length: 60 }, (_, number) => track(100 + number, `Hoy ${number}`, 'Others'));
  apply(...others, track(1, 'Hey', 'The Beatles'), track(2, 'Hoy', 'Somebody'));
  expect(tracks('hy beatles')).toEqual([1]);
  expect(tracks('hoy beatles')).toEqual([1]);
  expect(tracks('hey beatles stones')).toEqual([]);
});

test('letters of every script are forgiven, and a wrong sign of an unspaced one', () => {
  apply(
    track(1, 'Группа крови', 'Кино'),
    track(2, 'Χάρτινο το φεγγαράκι', 'Μελίνα'),
    track(3, 'ירושלים של זהב', 'שולי'),
    track(4, 'أنت عمري', 'أم كلثوم'),
    track(5, '群青日和', '東京事変'),
    track(6, '봄날 이야기', '방탄소년단'),
  );
  expect(tracks('групра крови')).toEqual([1]);
  expect(tracks('φεγαρακι')).toEqual([2]);
  expect(tracks('ירושליים של')).toEqual([3]);
  expect(tracks('انت عمرري')).toEqual([4]);
  expect(tracks('群青目和 東京事変')).toEqual([5]);
  expect(tracks('群青日 東京亊変')).toEqual([5]);
  expect(tracks('방탄소년담 봄날')).toEqual([6]);
});

test('beginnings are found however long they are, and however many words begin so', () => {
  apply(
    ...Array.from({ length: 50 }, (_, number) =>
      track(1 + number, `Electrically${number}`, `Artist ${number}`),
    ),
  );
  expect(tracks('electrical', { tracks: { offset: 0, count: 60 } })).toHaveLength(50);
  expect(tracks('electrically4')).toHaveLength(11);
  expect(tracks('electrically49 art')).toEqual([50]);
});

test('a word is found in artist and album as it is, whatever sign it begins with', () => {
  apply(track(1, 'Song', '𝔘𐌰𐌽 Band', '💔 Album'), track(2, '𐌰𐌽', 'Other'));
  expect(tracks('💔')).toEqual([1]);
  expect(tracks('u𐌰𐌽')).toEqual([1]);
  expect(tracks('𐌰')).toEqual([2]);
});

test('what is found as typed comes before what may have been meant', () => {
  apply(artist(1, 'Beatles'), artist(2, 'Beetles'));
  expect(search('beetle').artistIds).toEqual([2, 1]);
  expect(search('beetles').artistIds).toEqual([2]);
});

test('a removed item is found no more, and a changed one only as it is now', () => {
  apply(track(1, 'Old Name', 'Somebody'), track(2, 'Other'));
  apply(track(1, 'New Name', 'Somebody'));
  expect(tracks('old')).toEqual([]);
  expect(tracks('new')).toEqual([1]);
  apply(removal(1), removal(99));
  expect(tracks('name')).toEqual([]);
  expect(tracks('somebody')).toEqual([]);
  expect(tracks('other')).toEqual([2]);
});

test('plays counted before an item is there count once it is', () => {
  apply(plays(2, 50), track(1, 'Rose'));
  apply(track(2, 'Rose'));
  expect(tracks('rose')).toEqual([2, 1]);
  apply(plays(2, 0));
  expect(tracks('rose')).toEqual([1, 2]);
});

test('a record is given back as it was stored', () => {
  const record: SearchRecord = {
    kind: 'track',
    id: (2 ** 52 + 7) as TrackId,
    libraryIds: [home, other],
    title: 'Title',
    artist: 'Artist',
    album: 'Album',
    coverAssetId: '0123456789abcdef0123456789abcdef' as NonNullable<SearchRecord['coverAssetId']>,
    durationMs: 215_000,
  };
  apply({ kind: 'upsert', record }, artist(5, 'Plain'));
  expect(index.record(record)).toEqual(record);
  const { coverAssetId: _, durationMs: __, ...bare } = record;
  apply({ kind: 'upsert', record: bare });
  expect(index.record(record)).toEqual(bare);
  expect(index.record({ kind: 'artist', id: 5 as ArtistId })?.title).toBe('Plain');
  expect(index.record({ kind: 'album', id: 5 as AlbumId })).toBeUndefined();
});

test('the position is what the last changes came with, also after the file is opened again', async () => {
  expect(index.position()).toBeUndefined();
  index.apply([track(1, 'Rose')], { catalogId, seq: 7 });
  await index[Symbol.asyncDispose]();
  index = openSearchIndex({ path });
  expect(index.position()).toEqual({ catalogId, seq: 7 });
  expect(tracks('rose')).toEqual([1]);
});

test('a change that cannot be written leaves items and position as they were', () => {
  apply(track(1, 'Rose'));
  const broken = track(2, 'Rose', '', '', null as unknown as LibraryId);
  expect(() => index.apply([track(3, 'Rose'), broken], { catalogId, seq: 99 })).toThrow();
  expect(tracks('rose')).toEqual([1]);
  expect(index.position()?.seq).toBe(1);
  apply(track(3, 'Rosemary'));
  expect(tracks('rosemery')).toEqual([3]);
});

const titles = fc.array(
  fc.string({
    unit: fc.oneof(fc.constantFrom(...Array.from("ab é東京'- ")), fc.string({ unit: 'grapheme' })),
    maxLength: 12,
  }),
  { minLength: 1, maxLength: 5 },
);

test('whatever was applied, in whatever pieces and however often, each word of each title finds it', () => {
  let id = 0;
  fc.assert(
    fc.property(titles, fc.boolean(), (texts, again) => {
      const changes = texts.map((title) => track(++id, title));
      apply(...changes);
      if (again) for (const change of changes) apply(change);
      for (const change of changes) {
        if (change.kind !== 'upsert') continue;
        for (const token of fieldTokens(change.record.title)) {
          // Marks are moved to private use characters in tokens, which cannot be typed.
          if (/\p{Co}/u.test(token)) continue;
          const chars = Array.from(token);
          for (const length of [1, chars.length]) {
            const found = tracks(chars.slice(0, length).join(''), { tracks: { offset: 0, count: 10_000 } });
            if (queryable(token)) expect(found, token).toContain(change.record.id);
          }
        }
      }
      apply(...texts.map((_, offset) => removal(id - offset)));
      for (const title of texts) expect(tracks(title)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

/** Half of a surrogate pair, or a mark that needs a letter before it, cannot be typed alone. */
function queryable(token: string): boolean {
  return fieldTokens(token).includes(token);
}

test('nothing that can be typed makes a search throw', () => {
  apply(track(1, 'a b c'), artist(2, 'NEAR AND OR NOT'));
  const syntax = fc.string({
    unit: fc.constantFrom(
      ...Array.from('ab"*():^{}+-,\'\\;%_ \0\n'),
      'NEAR(',
      ' AND ',
      ' OR ',
      ' NOT ',
      '"*',
      '\u{f0000}',
      '\ud800',
    ),
  });
  fc.assert(
    fc.property(fc.oneof(syntax, fc.string({ unit: 'binary' }), fc.string({ maxLength: 4000 })), (text) => {
      expect(() => search(text)).not.toThrow();
    }),
  );
});

test('a rebuild replaces everything and brings its own position', async () => {
  apply(track(1, 'Old'));
  let last = 0;
  await index.rebuild(
    stream([track(2, 'New'), plays(2, 3), track(3, 'New'), plays(3, 30), artist(4, 'New')]),
    {
      position: { catalogId: 'catalog-2', seq: 40 },
      onProgress: (count) => {
        last = count;
      },
    },
  );
  expect(last).toBe(5);
  expect(tracks('old')).toEqual([]);
  expect(tracks('new')).toEqual([3, 2]);
  expect(index.position()).toEqual({ catalogId: 'catalog-2', seq: 40 });
  apply(track(2, 'Newer'));
  expect(tracks('newer')).toEqual([2]);
  expect(readdirSync(folder).filter((name) => name.includes('.new'))).toEqual([]);
});

test('the index answers and follows while it is rebuilt', async () => {
  apply(track(1, 'Rose'));
  const gate = Promise.withResolvers<void>();
  async function* slowly(): AsyncGenerator<SearchChange> {
    yield track(1, 'Rose');
    await gate.promise;
    yield track(2, 'Rose');
  }
  const rebuilt = index.rebuild(slowly(), { position: { catalogId, seq: 1 } });
  apply(track(3, 'Rose'));
  expect(tracks('rose')).toEqual([1, 3]);
  await expect(index.rebuild(stream([]), { position: { catalogId, seq: 1 } })).rejects.toThrow(/already/);
  gate.resolve();
  await rebuilt;
  expect(tracks('rose')).toEqual([1, 2]);
  expect(index.position()).toEqual({ catalogId, seq: 1 });
});

test('a rebuild that fails or is cancelled leaves the index as it was', async () => {
  apply(track(1, 'Rose'));
  async function* failing(): AsyncGenerator<SearchChange> {
    yield track(2, 'Rose');
    throw new Error('the catalogue is gone');
  }
  const position = { catalogId, seq: 9 };
  await expect(index.rebuild(failing(), { position })).rejects.toThrow('the catalogue is gone');
  const cancelled = AbortSignal.abort(new Error('enough'));
  await expect(index.rebuild(stream([]), { position, signal: cancelled })).rejects.toThrow('enough');
  const broken = track(2, 'Rose', '', '', null as unknown as LibraryId);
  await expect(index.rebuild(stream([broken]), { position })).rejects.toThrow(/could not be rebuilt/);
  expect(tracks('rose')).toEqual([1]);
  expect(index.position()?.seq).toBe(1);
  expect(readdirSync(folder).filter((name) => name.includes('.new'))).toEqual([]);
});

test('what a rebuild left that was killed is swept away at the next start', async () => {
  await index[Symbol.asyncDispose]();
  writeFileSync(`${path}.new`, 'half');
  index = openSearchIndex({ path });
  expect(readdirSync(folder)).not.toContain('search.sqlite.new');
});

test('a file that is no index is replaced by an empty one', async () => {
  for (const content of ['', 'no database at all, whatever its name says'.repeat(200)]) {
    await index[Symbol.asyncDispose]();
    writeFileSync(path, content);
    index = openSearchIndex({ path });
    expect(index.position()).toBeUndefined();
    apply(track(1, 'Rose'));
    expect(tracks('rose')).toEqual([1]);
  }
});

test('a damaged index finds nothing, says so, and is whole again after a rebuild', async () => {
  apply(...Array.from({ length: 3000 }, (_, number) => track(number + 1, `Rose ${number} of ${number * 7}`)));
  await index[Symbol.asyncDispose]();
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0xa5, 40 * 4096));
  index = openSearchIndex({ path });
  let reports = 0;
  const stop = index.onDamage(() => {
    reports++;
  });
  for (let number = 0; number < 3000 && !index.damaged; number += 50) tracks(`rose ${number}`);
  if (!index.damaged) expect(() => apply(track(1, 'Rosa'))).toThrow(/damaged/);
  expect(index.damaged).toBe(true);
  expect(reports).toBe(1);
  expect(tracks('rose')).toEqual([]);
  expect(index.position()).toBeUndefined();
  expect(() => apply(track(1, 'Rosa'))).toThrow(/damaged/);
  await index.rebuild(stream([track(1, 'Rose')]), { position: { catalogId, seq: 1 } });
  expect(index.damaged).toBe(false);
  expect(tracks('rose')).toEqual([1]);
  stop();
});

test('tidying puts together what many changes left apart, piece by piece, and changes no answer', async () => {
  for (let id = 1; id <= 300; id++) apply(track(id, `Song ${id} of ${id % 7}`, `Artist ${id % 11}`));
  const queries = ['song', 'art', '3', 'song 12', 'sogn'];
  const before = queries.map((text) => search(text));
  let pieces = 0;
  while (index.tidy()) pieces++;
  expect(pieces).toBeGreaterThan(0);
  expect(queries.map((text) => search(text))).toEqual(before);
  apply(track(301, 'Another'));
  expect(tracks('another')).toEqual([301]);

  await index[Symbol.asyncDispose]();
  using file = new DatabaseSync(path);
  const { segments } =
    file.prepare('SELECT count(DISTINCT segid) AS segments FROM track_term_idx').get() ?? {};
  expect(segments).toBeLessThanOrEqual(3);
});

import type { AlbumOrder, Page, Starrable } from '../../../src/catalog/index.ts';
import type { AlbumId, ArtistId, LibraryId, TrackId, UserId } from '../../../src/core/index.ts';
import { wireId } from '../../../src/core/index.ts';
import { labelHash, labelId } from '../catalog-tracks.ts';
import { seededRandom } from '../random.ts';
import type { Filled } from './fill.ts';
import { questionsOfKeepers } from './keepers-questions.ts';
import type { DialectWorld } from './world.ts';

export interface Question {
  /** Its first word is the method. */
  readonly name: string;
  readonly ask: (world: DialectWorld) => Promise<unknown>;
}

const EVERYTHING: Page = { offset: 0, count: 10_000 };
const BEYOND: Page = { offset: 1_000_000, count: 9 };
const PAGES_OF_FEW: readonly Page[] = [{ offset: 0, count: 20 }, { offset: 7, count: 5 }, EVERYTHING];
const PAGES: readonly Page[] = [...PAGES_OF_FEW, { offset: 20, count: 20 }, { offset: 999, count: 30 }];
const NOBODY = 0 as UserId;
const IDS_AT_ONCE = 100;

/** Everything that the catalogue can be asked, of a part of what there is. */
export interface AskingOptions {
  /** Items of each kind whose own pages are asked for. */
  readonly items: number;
}

export function* questions(filled: Filled, { items }: AskingOptions): Generator<Question> {
  yield* ofLists(filled);
  yield* ofItems(filled, items);
  yield* ofChance(filled);
  yield* ofListeners(filled);
  yield* ofSearches(filled, items);
  yield* questionsOfKeepers(filled, items);
}

function* ofLists({ libraries, users, genres }: Filled): Generator<Question> {
  const viewers = [users[0]?.id ?? NOBODY, users[1]?.id ?? NOBODY, NOBODY];
  yield { name: 'libraries', ask: ({ catalog }) => catalog.libraries() };
  yield { name: 'genres', ask: ({ catalog }) => catalog.genres() };
  yield { name: 'counts', ask: ({ catalog }) => catalog.counts() };
  for (const library of [undefined, ...libraries]) {
    const of = `of ${library ?? 'all'}`;
    yield { name: `artistLetters ${of}`, ask: ({ catalog }) => catalog.artistLetters(library) };
    for (const viewer of viewers) {
      yield { name: `allArtists ${of} ${viewer}`, ask: ({ catalog }) => catalog.allArtists(viewer, library) };
    }
    for (const [at, page] of PAGES.entries()) yield* ofPage(page, viewers[at % 3] ?? NOBODY, library, orders);
    const ofGenres = genres.map((genre) => ({ kind: 'by-genre', genre }) as const);
    for (const [at, page] of PAGES_OF_FEW.entries()) {
      const viewer = viewers[at % 2] ?? NOBODY;
      yield* ofPage(page, viewer, library, [...listenersOrders, ...ofGenres]);
      for (const genre of [...genres, ...genres.map((name) => name.toUpperCase())]) {
        yield {
          name: `tracksByGenre ${genre} ${of} ${JSON.stringify(page)} ${viewer}`,
          ask: ({ catalog }) => catalog.tracksByGenre(genre, page, viewer, library),
        };
      }
    }
  }
  yield* ofPage(BEYOND, NOBODY, undefined, orders);
  yield* ofPage(EVERYTHING, NOBODY, labelId<LibraryId>('no library'), orders);
  yield* ofPage(EVERYTHING, NOBODY, undefined, [{ kind: 'by-genre', genre: 'no such genre' }]);
}

const orders: readonly AlbumOrder[] = [
  { kind: 'newest' },
  { kind: 'by-name' },
  { kind: 'by-artist' },
  { kind: 'by-year', fromYear: 0, toYear: 9999 },
  { kind: 'by-year', fromYear: 9999, toYear: 0 },
  { kind: 'by-year', fromYear: 1970, toYear: 1979 },
  { kind: 'by-year', fromYear: 1979, toYear: 1970 },
  { kind: 'by-year', fromYear: 1999, toYear: 1999 },
];
const listenersOrders: readonly AlbumOrder[] = [
  { kind: 'highest' },
  { kind: 'frequent' },
  { kind: 'recent' },
  { kind: 'starred' },
];

function* ofPage(
  page: Page,
  viewer: UserId,
  library: LibraryId | undefined,
  albumOrders: readonly AlbumOrder[],
): Generator<Question> {
  const words = `of ${library ?? 'all'} ${JSON.stringify(page)} ${viewer}`;
  for (const list of ['listArtists', 'everyTrack', 'everyAlbum', 'everyArtist'] as const) {
    yield { name: `${list} ${words}`, ask: ({ catalog }) => catalog[list](page, viewer, library) };
  }
  for (const order of albumOrders) {
    yield {
      name: `listAlbums ${JSON.stringify(order)} ${words}`,
      ask: ({ catalog }) => catalog.listAlbums(order, page, viewer, library),
    };
  }
}

/** Whatever has a page of its own. */
function* ofItems(filled: Filled, most: number): Generator<Question> {
  const { tracks, removed, albums, artists, artistNames, users, sources } = filled;
  const [viewer = NOBODY] = users.map(({ id }) => id);
  const unknown = [...removed, 1023, Number.MAX_SAFE_INTEGER];
  for (const [kind, ids] of Object.entries({ tracks, albums, artists })) {
    const mixed = shuffled([...ids, ...unknown]);
    for (let start = 0; start < mixed.length; start += IDS_AT_ONCE) {
      const some = mixed.slice(start, start + IDS_AT_ONCE);
      yield {
        name: `${kind} from ${start}`,
        ask: ({ catalog }) =>
          kind === 'tracks'
            ? catalog.tracks(some as TrackId[], viewer)
            : kind === 'albums'
              ? catalog.albums(some as AlbumId[], viewer)
              : catalog.artists(some as ArtistId[], viewer),
      };
    }
  }
  for (const id of spread(albums, most * 3)) {
    yield { name: `albumTracks ${id}`, ask: ({ catalog }) => catalog.albumTracks(id, viewer) };
  }
  for (const id of spread(artists, most)) {
    yield { name: `artistAlbums ${id}`, ask: ({ catalog }) => catalog.artistAlbums(id, viewer) };
    yield { name: `topTracks ${id}`, ask: ({ catalog }) => catalog.topTracks(id, 7, viewer) };
  }
  const names = artistNames.flatMap((name) => [name, name.toUpperCase(), ` ${name} `]);
  for (const name of spread([...names, '', 'nobody', "' or 1=1 --"], most)) {
    yield { name: `artistByName ${name}`, ask: ({ catalog }) => catalog.artistByName(name) };
  }
  for (const id of spread([...tracks, ...removed], most)) {
    yield { name: `originalOf ${id}`, ask: ({ catalog }) => catalog.originalOf(id) };
    yield { name: `fileNameOf ${id}`, ask: ({ catalog }) => catalog.fileNameOf(id) };
    yield { name: `lyricsOf ${id}`, ask: ({ catalog }) => catalog.lyricsOf(id) };
  }
  const few = Math.ceil(most / 8);
  const seeds: readonly Starrable[] = [
    ...spread(tracks, few).map((id) => ({ kind: 'track', id }) as const),
    ...spread(albums, few).map((id) => ({ kind: 'album', id }) as const),
    ...spread(artists, few).map((id) => ({ kind: 'artist', id }) as const),
  ];
  for (const seed of seeds) {
    yield {
      name: `similarTracks ${JSON.stringify(seed)}`,
      ask: ({ catalog }) => catalog.similarTracks(seed, 50, viewer),
    };
  }
  for (const id of spread(artists, few)) {
    yield { name: `similarArtists ${id}`, ask: ({ catalog }) => catalog.similarArtists(id, 20, viewer) };
  }
  for (const { id } of sources) {
    yield { name: `folder ${id}`, ask: ({ catalog }) => catalog.folder(id, '') };
    yield { name: `folder ${id} nowhere`, ask: ({ catalog }) => catalog.folder(id, 'nowhere') };
  }
  const folders = filled.files.map(({ sourceId, pathKey }) => ({
    sourceId,
    path: pathKey.slice(0, pathKey.lastIndexOf('/')),
  }));
  for (const { sourceId, path } of spread(folders, most)) {
    yield { name: `folder ${sourceId} ${path}`, ask: ({ catalog }) => catalog.folder(sourceId, path) };
  }
}

/** Of one seed, what is drawn is told by the rows and by their order. */
function* ofChance({ libraries, genres }: Filled): Generator<Question> {
  for (const libraryId of [undefined, ...libraries]) {
    const of = libraryId === undefined ? {} : { libraryId };
    for (const years of [{}, { fromYear: 1990 }, { toYear: 1980 }, { fromYear: 1971, toYear: 2010 }]) {
      for (const genre of [undefined, ...genres]) {
        const filter = { count: 50, ...years, ...of, ...(genre !== undefined && { genre }) };
        yield {
          name: `randomTracks ${JSON.stringify(filter)}`,
          ask: ({ catalog }) => catalog.randomTracks(filter, NOBODY),
        };
      }
    }
    for (const count of [1, 50, 500]) {
      yield {
        name: `listAlbums random ${count} of ${libraryId ?? 'all'}`,
        ask: ({ catalog }) => catalog.listAlbums({ kind: 'random' }, { offset: 0, count }, NOBODY, libraryId),
      };
    }
  }
}

function* ofListeners({ users, libraries, playlists, credentials }: Filled): Generator<Question> {
  for (const { id: viewer, name } of [...users, { id: NOBODY, name: 'nobody' }]) {
    for (const library of [undefined, ...libraries]) {
      yield {
        name: `starred ${name} ${library ?? ''}`,
        ask: ({ catalog }) => catalog.starred(viewer, library),
      };
    }
    yield { name: `playlists ${name}`, ask: ({ catalog }) => catalog.playlists(viewer) };
    yield { name: `playQueue ${name}`, ask: ({ catalog }) => catalog.playQueue(viewer) };
    for (const id of playlists) {
      yield { name: `playlist ${id} ${name}`, ask: ({ catalog }) => catalog.playlist(id, viewer) };
    }
    for (const spelling of [name, name.toLowerCase(), name.toUpperCase()]) {
      yield { name: `accountByName ${spelling}`, ask: ({ accounts }) => accounts.accountByName(spelling) };
    }
    yield { name: `accountById ${name}`, ask: ({ accounts }) => accounts.accountById(viewer) };
    yield { name: `credentialsOf ${name}`, ask: ({ accounts }) => accounts.credentialsOf(viewer) };
    yield { name: `devicesOf ${name}`, ask: ({ accounts }) => accounts.devicesOf(viewer) };
    const userId = wireId('us', viewer);
    yield { name: `list ${name}`, ask: ({ snapshots }) => snapshots.list(userId) };
    for (let number = 0; number < 4; number++) {
      const tokenHash = labelHash(`session ${name} ${number}`);
      yield {
        name: `session ${name} ${number}`,
        ask: ({ accounts }) => accounts.session({ userId: viewer, tokenHash }),
      };
      yield {
        name: `load ${name} ${number}`,
        ask: ({ snapshots }) => snapshots.load({ userId, sessionId: `session ${number}` }),
      };
    }
  }
  yield { name: 'accounts', ask: ({ accounts }) => accounts.accounts() };
  yield { name: 'auditTrail all', ask: ({ accounts }) => accounts.auditTrail(credentials.length * 9) };
  yield { name: 'auditTrail ten', ask: ({ accounts }) => accounts.auditTrail(10) };
  yield { name: 'newestSeq', ask: ({ snapshots }) => snapshots.newestSeq() };
}

/** What is found in the index that follows the catalogue, and what its answers show. */
function* ofSearches({ titles, artistNames, libraries }: Filled, most: number): Generator<Question> {
  const typed = [...spread(titles, most), ...spread(artistNames, most)];
  for (const text of new Set(typed.flatMap((name) => [name, name.slice(0, 3), name.toUpperCase()]))) {
    for (const library of [undefined, libraries[0]]) {
      const page = { offset: 0, count: 100 };
      const query = { text, tracks: page, albums: page, artists: page };
      yield {
        name: `search ${text} ${library ?? ''}`,
        async ask({ search }) {
          const found = search.search(library === undefined ? query : { ...query, libraryId: library });
          return { found, records: found.trackIds.map((id) => search.record({ kind: 'track', id })) };
        },
      };
    }
  }
}

/** At most so many, from all parts of the list. */
export function spread<Item>(items: readonly Item[], most: number): readonly Item[] {
  const step = Math.max(1, items.length / most);
  return Array.from(
    { length: Math.min(most, items.length) },
    (_, at) => items[Math.floor(at * step)] as Item,
  );
}

function shuffled<Item>(items: readonly Item[]): readonly Item[] {
  const random = seededRandom(3);
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

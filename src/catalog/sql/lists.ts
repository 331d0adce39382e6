import type { AlbumId, ArtistId, LibraryId, TrackId, UserId } from '../../core/index.ts';
import { unreachable } from '../../core/index.ts';
import type { AlbumOrder, CatalogReader, Page } from '../port.ts';
import { listAlbumArtists } from './album-artists.ts';
import { libraryBucket } from './ids.ts';
import type { Items } from './items.ts';
import { countIn, type Libraries } from './libraries.ts';
import {
  type LibraryScope,
  listAlbumsByArtist,
  listAlbumsByGenre,
  listAlbumsByName,
  listAlbumsByYear,
  listEveryAlbum,
  listEveryArtist,
  listEveryTrack,
  listNewestAlbums,
  listTracksByGenre,
} from './library-lists.ts';
import { type ListenerScope, listByListener } from './listener-lists.ts';
import type { ListPager, WalkableList } from './pager.ts';
import { type Executor, preparedList } from './prepared.ts';
import { randomAlbumIds, randomTrackIds, type RandomScope } from './random.ts';
import { tupleIn } from './dialect.ts';

/** Starred items are all listed at once, read in steps of this many. */
const STARRED_PER_STEP = 500;

const artistsInLibrary = preparedList<number, { vb: number; library_id: string }, { artist_id: number }>(
  (id) => [id],
  (db, tuples, param) =>
    db
      .selectFrom('library_artist')
      .select('artist_id')
      .where('vb', '=', param('vb'))
      .where('library_id', '=', param('library_id'))
      .where(tupleIn(db, ['artist_id'], tuples)),
);

export interface ListingOptions {
  readonly from: Executor;
  readonly items: Items;
  readonly libraries: Libraries;
  readonly pager: ListPager;
  readonly random: () => number;
}

type ListReader = Pick<
  CatalogReader,
  | 'listAlbums'
  | 'listArtists'
  | 'tracksByGenre'
  | 'randomTracks'
  | 'starred'
  | 'everyTrack'
  | 'everyAlbum'
  | 'everyArtist'
>;

export function listReader({ from, items, libraries, pager, random }: ListingOptions): ListReader {
  async function scopeOf(libraryId: LibraryId | undefined): Promise<LibraryScope> {
    return { from, libraries: await libraries.of(libraryId) };
  }

  async function randomScope(
    libraryId: LibraryId | undefined,
    kind: 'tracks' | 'albums',
  ): Promise<RandomScope> {
    const sized = [];
    for (const id of await libraries.of(libraryId)) {
      sized.push({ id, size: await countIn(from, id, kind) });
    }
    return { from, libraries: sized, random };
  }

  async function idsOf<Id extends number>(list: WalkableList, page: Page): Promise<Id[]> {
    return (await pager.page(list, page)).map(({ id }) => id as Id);
  }

  function listenerScope(
    user: UserId,
    kind: ListenerScope['kind'],
    libraryId: LibraryId | undefined,
  ): ListenerScope {
    return { from, user, kind, libraryId, visible: (ids) => visible(kind, ids, libraryId) };
  }

  /** Which of these items are there, and in the library; an artist may be in several. */
  async function visible(
    kind: ListenerScope['kind'],
    ids: readonly number[],
    libraryId: LibraryId | undefined,
  ): Promise<ReadonlySet<number>> {
    if (kind === 'artist') {
      const there = [...(await items.plainArtists(ids))].filter(([id, view]) => view.id === id);
      const artistIds = there.map(([id]) => id);
      if (libraryId === undefined) return new Set(artistIds);
      const key = { vb: libraryBucket(libraryId), library_id: libraryId };
      const rows = await from.list(artistsInLibrary, artistIds, key);
      return new Set(rows.map(({ artist_id }) => artist_id));
    }
    const views = kind === 'track' ? await items.plainTracks(ids) : await items.plainAlbums(ids);
    const there = [...views].filter(
      ([id, view]) => view.id === id && (libraryId === undefined || view.libraryId === libraryId),
    );
    return new Set(there.map(([id]) => id));
  }

  async function everyStarred<Id extends number>(
    user: UserId,
    kind: ListenerScope['kind'],
    libraryId: LibraryId | undefined,
  ): Promise<Id[]> {
    const list = listByListener(listenerScope(user, kind, libraryId), 'starred');
    const ids: Id[] = [];
    for (;;) {
      const page = await idsOf<Id>(list, { offset: ids.length, count: STARRED_PER_STEP });
      ids.push(...page);
      if (page.length < STARRED_PER_STEP) return ids;
    }
  }

  async function albumIds(
    order: AlbumOrder,
    page: Page,
    viewer: UserId,
    libraryId: LibraryId | undefined,
  ): Promise<readonly AlbumId[]> {
    switch (order.kind) {
      case 'random':
        return (await randomAlbumIds(await randomScope(libraryId, 'albums'), page.count)) as AlbumId[];
      case 'newest':
        return idsOf(listNewestAlbums(await scopeOf(libraryId)), page);
      case 'by-name':
        return idsOf(listAlbumsByName(await scopeOf(libraryId)), page);
      case 'by-artist':
        return idsOf(listAlbumsByArtist(await scopeOf(libraryId)), page);
      case 'by-year':
        return idsOf(listAlbumsByYear(await scopeOf(libraryId), order.fromYear, order.toYear), page);
      case 'by-genre':
        return idsOf(listAlbumsByGenre(await scopeOf(libraryId), order.genre), page);
      case 'highest':
      case 'frequent':
      case 'recent':
      case 'starred':
        return idsOf(listByListener(listenerScope(viewer, 'album', libraryId), order.kind), page);
      default:
        return unreachable(order);
    }
  }

  return {
    async listAlbums(order, page, viewer, libraryId) {
      return items.albums(await albumIds(order, page, viewer, libraryId), viewer);
    },

    async listArtists(page, viewer, libraryId) {
      return items.artists(await idsOf(listAlbumArtists(await scopeOf(libraryId)), page), viewer);
    },

    async tracksByGenre(genre, page, viewer, libraryId) {
      const ids = await idsOf<TrackId>(listTracksByGenre(await scopeOf(libraryId), genre), page);
      return items.tracks(ids, viewer);
    },

    async randomTracks(filter, viewer) {
      const ids = await randomTrackIds(await randomScope(filter.libraryId, 'tracks'), filter);
      return items.tracks(ids as TrackId[], viewer);
    },

    async starred(viewer, libraryId) {
      const tracks = await everyStarred<TrackId>(viewer, 'track', libraryId);
      const albums = await everyStarred<AlbumId>(viewer, 'album', libraryId);
      const artists = await everyStarred<ArtistId>(viewer, 'artist', libraryId);
      return {
        tracks: await items.tracks(tracks, viewer),
        albums: await items.albums(albums, viewer),
        artists: await items.artists(artists, viewer),
      };
    },

    async everyTrack(page, viewer, libraryId) {
      return items.tracks(await idsOf(listEveryTrack(await scopeOf(libraryId)), page), viewer);
    },

    async everyAlbum(page, viewer, libraryId) {
      return items.albums(await idsOf(listEveryAlbum(await scopeOf(libraryId)), page), viewer);
    },

    async everyArtist(page, viewer, libraryId) {
      return items.artists(await idsOf(listEveryArtist(await scopeOf(libraryId)), page), viewer);
    },
  };
}

import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { type CallInput, routes } from '../../api/index.ts';
import { call } from './client.ts';

/** What the player asks the server for; one entry a question. Keys begin with `library` where an import changes them. */

export const ALBUMS_PAGE = 100;
export const ARTISTS_PAGE = 100;
export const TRACKS_PAGE = 200;
/** Pages of long lists that nobody looks at go soon: all of a large library at once would be too much. */
const PAGE_KEPT_MS = 60_000;

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => call(routes.session, {}, signal),
  staleTime: 5 * 60_000,
});

export const countsQuery = queryOptions({
  queryKey: ['library', 'counts'],
  queryFn: ({ signal }) => call(routes.counts, {}, signal),
});

export type AlbumOrder = NonNullable<NonNullable<CallInput<typeof routes.albums>['query']>['order']>;

export function shelfQuery(order: AlbumOrder, count: number) {
  return queryOptions({
    queryKey: ['library', 'shelf', order, count],
    queryFn: ({ signal }) => call(routes.albums, { query: { order, count: String(count) } }, signal),
  });
}

export interface AlbumFilter {
  readonly order: AlbumOrder;
  readonly genre?: string | undefined;
  readonly fromYear?: number | undefined;
  readonly toYear?: number | undefined;
}

async function loadAlbums(
  { order, genre, fromYear, toYear }: AlbumFilter,
  offset: number,
  signal: AbortSignal,
) {
  const query = {
    order,
    offset: String(offset),
    count: String(ALBUMS_PAGE),
    ...(genre !== undefined && { genre }),
    ...(fromYear !== undefined && { fromYear: String(fromYear) }),
    ...(toYear !== undefined && { toYear: String(toYear) }),
  };
  return call(routes.albums, { query }, signal);
}

function albumsKey({ order, genre, fromYear, toYear }: AlbumFilter) {
  return ['library', 'albums', order, genre ?? '', fromYear ?? 0, toYear ?? 0];
}

/** One window of a list of albums whose length is known. */
export function albumPageQuery(filter: AlbumFilter, page: number) {
  return queryOptions({
    queryKey: [...albumsKey(filter), page],
    queryFn: async ({ signal }) => (await loadAlbums(filter, page * ALBUMS_PAGE, signal)).albums,
    gcTime: PAGE_KEPT_MS,
  });
}

/** A list of albums of which nobody knows how long it is before its end. */
export function albumsQuery(filter: AlbumFilter) {
  return infiniteQueryOptions({
    queryKey: albumsKey(filter),
    queryFn: ({ signal, pageParam }) => loadAlbums(filter, pageParam, signal),
    initialPageParam: 0,
    getNextPageParam: (last, _all, offset) =>
      last.albums.length === ALBUMS_PAGE ? offset + ALBUMS_PAGE : undefined,
  });
}

export function albumQuery(id: string) {
  return queryOptions({
    queryKey: ['library', 'album', id],
    queryFn: ({ signal }) => call(routes.album, { params: { id } }, signal),
  });
}

export const artistLettersQuery = queryOptions({
  queryKey: ['library', 'artist-letters'],
  queryFn: ({ signal }) => call(routes.artistLetters, {}, signal),
});

export function artistPageQuery(page: number) {
  return queryOptions({
    queryKey: ['library', 'artists', page],
    queryFn: async ({ signal }) => {
      const query = { offset: String(page * ARTISTS_PAGE), count: String(ARTISTS_PAGE) };
      return (await call(routes.artists, { query }, signal)).artists;
    },
    gcTime: PAGE_KEPT_MS,
  });
}

export function artistQuery(id: string) {
  return queryOptions({
    queryKey: ['library', 'artist', id],
    queryFn: ({ signal }) => call(routes.artist, { params: { id } }, signal),
  });
}

export const genresQuery = queryOptions({
  queryKey: ['library', 'genres'],
  queryFn: ({ signal }) => call(routes.genres, {}, signal),
});

/** One window of a list of tracks that may be very long. */
export function tracksQuery(page: number, genre?: string) {
  return queryOptions({
    queryKey: ['library', 'tracks', genre ?? '', page],
    queryFn: async ({ signal }) => {
      const query = {
        offset: String(page * TRACKS_PAGE),
        count: String(TRACKS_PAGE),
        ...(genre !== undefined && { genre }),
      };
      return (await call(routes.tracks, { query }, signal)).tracks;
    },
    gcTime: PAGE_KEPT_MS,
  });
}

export function folderQuery(path: string) {
  return queryOptions({
    queryKey: ['library', 'folder', path],
    queryFn: ({ signal }) => call(routes.folder, { query: { path } }, signal),
  });
}

export function searchQuery(words: string) {
  return queryOptions({
    queryKey: ['library', 'search', words],
    queryFn: ({ signal }) => call(routes.search, { query: { q: words, count: '30' } }, signal),
    enabled: words !== '',
    // What was found stays until the next answer: no flicker from letter to letter.
    placeholderData: keepPreviousData,
  });
}

export const favouritesQuery = queryOptions({
  queryKey: ['favourites'],
  queryFn: ({ signal }) => call(routes.favourites, {}, signal),
});

export const playlistsQuery = queryOptions({
  queryKey: ['playlists'],
  queryFn: ({ signal }) => call(routes.playlists, {}, signal),
});

export function playlistQuery(id: string) {
  return queryOptions({
    queryKey: ['playlist', id],
    queryFn: ({ signal }) => call(routes.playlist, { params: { id } }, signal),
  });
}

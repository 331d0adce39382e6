import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { type CallInput, routes } from '../../api/index.ts';
import { call } from './client.ts';

/** What the player asks the server for; one entry a question. Keys begin with `library` where an import changes them. */

const ALBUMS_PAGE = 100;
export const TRACKS_PAGE = 200;

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

export function albumsQuery({ order, genre, fromYear, toYear }: AlbumFilter) {
  return infiniteQueryOptions({
    queryKey: ['library', 'albums', order, genre ?? '', fromYear ?? 0, toYear ?? 0],
    queryFn: ({ signal, pageParam }) =>
      call(
        routes.albums,
        {
          query: {
            order,
            offset: String(pageParam),
            count: String(ALBUMS_PAGE),
            ...(genre !== undefined && { genre }),
            ...(fromYear !== undefined && { fromYear: String(fromYear) }),
            ...(toYear !== undefined && { toYear: String(toYear) }),
          },
        },
        signal,
      ),
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

export const artistsQuery = queryOptions({
  queryKey: ['library', 'artists'],
  queryFn: ({ signal }) => call(routes.artists, {}, signal),
});

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
    queryFn: ({ signal }) =>
      call(
        routes.tracks,
        {
          query: {
            offset: String(page * TRACKS_PAGE),
            count: String(TRACKS_PAGE),
            ...(genre !== undefined && { genre }),
          },
        },
        signal,
      ),
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

import * as v from 'valibot';
import { album, artist, genre, highlights, lyrics, track } from './items.ts';
import { defineRoute } from './route.ts';
import { albumId, artistId, itemId, page, queryNumber, timeMs, trackId } from './values.ts';

const albumOrder = v.picklist([
  'by-name',
  'by-artist',
  'newest',
  'recent',
  'frequent',
  'random',
  'highest',
  'starred',
  'by-year',
  'by-genre',
]);

export const catalogRoutes = {
  counts: defineRoute({
    method: 'GET',
    path: '/counts',
    access: 'session',
    summary: 'How much music there is.',
    answer: v.object({ tracks: v.number(), albums: v.number(), artists: v.number() }),
  }),
  albums: defineRoute({
    method: 'GET',
    path: '/albums',
    access: 'session',
    summary: 'A page of albums in one of their orders; `by-year` and `by-genre` take what they name.',
    query: v.object({
      order: v.optional(albumOrder, 'by-name'),
      genre: v.exactOptional(v.string()),
      fromYear: v.exactOptional(queryNumber(0, 9_999)),
      toYear: v.exactOptional(queryNumber(0, 9_999)),
      ...page,
    }),
    answer: v.object({ albums: v.array(album) }),
  }),
  album: defineRoute({
    method: 'GET',
    path: '/albums/:id',
    access: 'session',
    summary: 'An album and its tracks in order.',
    params: v.object({ id: albumId }),
    answer: v.object({ album, tracks: v.array(track) }),
  }),
  artists: defineRoute({
    method: 'GET',
    path: '/artists',
    access: 'session',
    summary: 'Album artists by sort name: a page of them, or without a count all.',
    query: v.object({ offset: page.offset, count: v.exactOptional(queryNumber(1, 1_000)) }),
    answer: v.object({ artists: v.array(artist) }),
  }),
  artistLetters: defineRoute({
    method: 'GET',
    path: '/artists/letters',
    access: 'session',
    summary: 'How many album artists there are, and where in their order each first letter begins.',
    answer: v.object({
      count: v.number(),
      /** Empty for names that begin with no letter. */
      letters: v.array(v.object({ letter: v.string(), offset: v.number() })),
    }),
  }),
  artist: defineRoute({
    method: 'GET',
    path: '/artists/:id',
    access: 'session',
    summary:
      'An artist, their albums oldest first with those they only appear on last, and what is played most.',
    params: v.object({ id: artistId }),
    answer: v.object({ artist, albums: v.array(album), topTracks: v.array(track), similar: v.array(artist) }),
  }),
  genres: defineRoute({
    method: 'GET',
    path: '/genres',
    access: 'session',
    summary: 'All genres.',
    answer: v.object({ genres: v.array(genre) }),
  }),
  tracks: defineRoute({
    method: 'GET',
    path: '/tracks',
    access: 'session',
    summary: 'A page of all tracks, or of those of a genre.',
    query: v.object({ genre: v.exactOptional(v.string()), ...page }),
    answer: v.object({ tracks: v.array(track) }),
  }),
  tracksById: defineRoute({
    method: 'POST',
    path: '/tracks/by-id',
    access: 'session',
    summary: 'Tracks in the order of their ids; unknown ones are left out.',
    body: v.object({ ids: v.pipe(v.array(trackId), v.maxLength(1_000)) }),
    answer: v.object({ tracks: v.array(track) }),
  }),
  randomTracks: defineRoute({
    method: 'GET',
    path: '/tracks/random',
    access: 'session',
    summary: 'Some tracks by chance.',
    query: v.object({ count: v.optional(queryNumber(1, 500), '50'), genre: v.exactOptional(v.string()) }),
    answer: v.object({ tracks: v.array(track) }),
  }),
  folder: defineRoute({
    method: 'GET',
    path: '/folders',
    access: 'session',
    summary: 'What a folder of a music source holds; without a path, the sources.',
    query: v.object({ path: v.optional(v.pipe(v.string(), v.maxLength(4_096)), '') }),
    answer: v.object({
      /** From the sources down to this one. */
      parents: v.array(v.object({ path: v.string(), name: v.string() })),
      folders: v.array(v.object({ path: v.string(), name: v.string() })),
      tracks: v.array(track),
    }),
  }),
  search: defineRoute({
    method: 'GET',
    path: '/search',
    access: 'session',
    summary: 'Artists, albums and tracks for what was typed so far, and which characters of them were found.',
    query: v.object({
      q: v.pipe(v.string(), v.maxLength(512)),
      count: v.optional(queryNumber(1, 100), '20'),
    }),
    answer: v.object({
      artists: v.array(artist),
      albums: v.array(album),
      tracks: v.array(track),
      // By id.
      highlights: v.record(v.string(), highlights),
    }),
  }),
  lyrics: defineRoute({
    method: 'GET',
    path: '/tracks/:id/lyrics',
    access: 'session',
    summary: 'Lyrics, synced ones first.',
    params: v.object({ id: trackId }),
    answer: v.object({ lyrics: v.array(lyrics) }),
  }),
  favourites: defineRoute({
    method: 'GET',
    path: '/favourites',
    access: 'session',
    summary: 'What the listener likes, newest first.',
    answer: v.object({ artists: v.array(artist), albums: v.array(album), tracks: v.array(track) }),
  }),
  like: defineRoute({
    method: 'PUT',
    path: '/favourites/:id',
    access: 'session',
    summary: 'Makes an item a favourite.',
    params: v.object({ id: itemId }),
  }),
  unlike: defineRoute({
    method: 'DELETE',
    path: '/favourites/:id',
    access: 'session',
    summary: 'Makes it none any more.',
    params: v.object({ id: itemId }),
  }),
  rate: defineRoute({
    method: 'PUT',
    path: '/ratings/:id',
    access: 'session',
    summary: 'Rates an item from 1 to 5; 0 takes the rating back.',
    params: v.object({ id: itemId }),
    body: v.object({ rating: v.picklist([0, 1, 2, 3, 4, 5]) }),
  }),
  recordPlay: defineRoute({
    method: 'POST',
    path: '/plays',
    access: 'session',
    summary: 'Counts a track as played; the same track and time twice counts once.',
    body: v.object({ trackId, playedAtMs: timeMs }),
  }),
} as const;

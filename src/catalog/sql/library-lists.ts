import type { LibraryId } from '../../core/index.ts';
import { nameKey } from '../names.ts';
import { genreBucket, libraryBucket } from './ids.ts';
import { type Cursor, type Keyset, keyset, mergeCursors, wholeRange } from './keyset.ts';
import { yearKey } from './listings/album-sums.ts';
import type { WalkableList } from './pager.ts';
import type { Executor } from './prepared.ts';

// Lists over whole libraries: one index range a library, merged where there are several.

const inLibrary = ['vb', 'library_id'];
const inGenre = ['vb', 'genre_key', 'library_id'];

const albums = { table: 'library_album', equal: inLibrary, id: 'album_id' } as const;
const albumsByTitle = keyset({ ...albums, sort: 'title_key', direction: 'asc' });
const albumsByArtist = keyset({ ...albums, sort: 'artist_key', direction: 'asc' });
const newestAlbums = keyset({ ...albums, sort: 'created_at_ms', direction: 'desc' });
const albumsByYear = keyset({ ...albums, sort: 'year_key', direction: 'asc' });
const albumsByYearDown = keyset({ ...albums, sort: 'year_key', direction: 'desc' });
const albumsById = keyset({ ...albums, sort: 'album_id', direction: 'asc' });
const artistsById = keyset({
  table: 'library_artist',
  equal: inLibrary,
  sort: 'artist_id',
  id: 'artist_id',
  direction: 'asc',
});
const tracksById = keyset({
  table: 'library_track',
  equal: inLibrary,
  sort: 'track_id',
  id: 'track_id',
  direction: 'asc',
});
const genreTracks = keyset({
  table: 'genre_track',
  equal: inGenre,
  sort: 'track_id',
  id: 'track_id',
  direction: 'asc',
});
const genreAlbums = keyset({
  table: 'genre_album',
  equal: inGenre,
  sort: 'title_key',
  id: 'album_id',
  direction: 'asc',
});

interface Range {
  readonly start: Cursor;
  readonly end: string | number;
}

export interface LibraryScope {
  readonly from: Executor;
  readonly libraries: readonly LibraryId[];
}

function list(
  name: string,
  { from, libraries }: LibraryScope,
  query: Keyset,
  { start, end }: Range,
  equalIn: (libraryId: LibraryId) => Readonly<Record<string, string | number>>,
): WalkableList {
  return {
    name: `${name} in ${libraries.join(' ')}`,
    async after(place, limit) {
      const ranges: Cursor[][] = [];
      for (const library of libraries) {
        const params = { equal: equalIn(library), after: place ?? start, end, limit };
        ranges.push(await query.after(from, params));
      }
      return mergeCursors(ranges, query.direction, limit);
    },
  };
}

function ofLibrary(library_id: LibraryId) {
  return { vb: libraryBucket(library_id), library_id };
}

export function listAlbumsByName(scope: LibraryScope): WalkableList {
  return list('albums by name', scope, albumsByTitle, wholeRange('text', 'asc'), ofLibrary);
}

export function listAlbumsByArtist(scope: LibraryScope): WalkableList {
  return list('albums by artist', scope, albumsByArtist, wholeRange('text', 'asc'), ofLibrary);
}

export function listNewestAlbums(scope: LibraryScope): WalkableList {
  return list('newest albums', scope, newestAlbums, wholeRange('number', 'desc'), ofLibrary);
}

/** Both years included; from the later to the earlier where the first is later. */
export function listAlbumsByYear(scope: LibraryScope, fromYear: number, toYear: number): WalkableList {
  const name = `albums by year ${fromYear} ${toYear}`;
  // After the year comes a separator below every letter; this one is above the separator.
  const endOf = (year: number) => `${yearKey(year)}\u0002`;
  if (fromYear <= toYear) {
    const range = { start: { sort: yearKey(fromYear), id: -1 }, end: endOf(toYear) };
    return list(name, scope, albumsByYear, range, ofLibrary);
  }
  const range = {
    start: { sort: endOf(fromYear), id: Number.MAX_SAFE_INTEGER },
    end: yearKey(toYear),
  };
  return list(name, scope, albumsByYearDown, range, ofLibrary);
}

export function listAlbumsByGenre(scope: LibraryScope, genre: string): WalkableList {
  const genre_key = nameKey(genre);
  const vb = genreBucket(genre_key);
  return list(
    `albums of genre ${genre_key}`,
    scope,
    genreAlbums,
    wholeRange('text', 'asc'),
    (library_id) => ({ vb, genre_key, library_id }),
  );
}

export function listTracksByGenre(scope: LibraryScope, genre: string): WalkableList {
  const genre_key = nameKey(genre);
  const vb = genreBucket(genre_key);
  return list(
    `tracks of genre ${genre_key}`,
    scope,
    genreTracks,
    wholeRange('number', 'asc'),
    (library_id) => ({ vb, genre_key, library_id }),
  );
}

export function listEveryTrack(scope: LibraryScope): WalkableList {
  return list('every track', scope, tracksById, wholeRange('number', 'asc'), ofLibrary);
}

export function listEveryAlbum(scope: LibraryScope): WalkableList {
  return list('every album', scope, albumsById, wholeRange('number', 'asc'), ofLibrary);
}

export function listEveryArtist(scope: LibraryScope): WalkableList {
  return list('every artist', scope, artistsById, wholeRange('number', 'asc'), ofLibrary);
}

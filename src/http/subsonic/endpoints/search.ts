import type { AlbumView, ArtistView, CatalogReader, Page, TrackView } from '../../../catalog/index.ts';
import { asksForEverything, type FoundReader, type SearchIndex } from '../../../catalog/search/index.ts';
import { type Call, documentEndpoint, type Endpoints } from '../endpoint.ts';
import { integerParam, type Params, requiredText } from '../params.ts';
import { albumChild, albumID3, artistID3, trackChild, wireArtist } from '../wire/index.ts';
import { libraryFilter } from './music-folder.ts';
import { pageOffset } from './paging.ts';

const DEFAULT_COUNT = 20;
/**
 * More is refused and not shortened: a player that pages through everything would take a short page for the
 * last one.
 */
const MAX_COUNT = 10_000;

interface Found {
  readonly artists: readonly ArtistView[];
  readonly albums: readonly AlbumView[];
  readonly tracks: readonly TrackView[];
}

export interface SearchDeps {
  readonly catalog: CatalogReader;
  readonly search: SearchIndex;
  readonly found: FoundReader;
}

export function searchEndpoints({ catalog, search, found }: SearchDeps): Endpoints {
  async function find({ account, params }: Call): Promise<Found> {
    const text = requiredText(params, 'query');
    const artists = page(params, 'artist');
    const albums = page(params, 'album');
    const tracks = page(params, 'song');
    const libraryId = await libraryFilter(catalog, params);
    if (asksForEverything(text)) {
      const [everyArtist, everyAlbum, everyTrack] = await Promise.all([
        artists.count === 0 ? [] : catalog.everyArtist(artists, account.id, libraryId),
        albums.count === 0 ? [] : catalog.everyAlbum(albums, account.id, libraryId),
        tracks.count === 0 ? [] : catalog.everyTrack(tracks, account.id, libraryId),
      ]);
      return { artists: everyArtist, albums: everyAlbum, tracks: everyTrack };
    }
    const ids = search.search({
      text,
      artists,
      albums,
      tracks,
      ...(libraryId === undefined ? {} : { libraryId }),
    });
    const [foundArtists, foundAlbums, foundTracks] = await Promise.all([
      ids.artistIds.length === 0 ? [] : found.artists(ids.artistIds, account.id),
      ids.albumIds.length === 0 ? [] : found.albums(ids.albumIds, account.id),
      ids.trackIds.length === 0 ? [] : found.tracks(ids.trackIds, account.id),
    ]);
    return { artists: foundArtists, albums: foundAlbums, tracks: foundTracks };
  }

  return {
    search2: documentEndpoint(async (call) => {
      const { artists, albums, tracks } = await find(call);
      return {
        searchResult2: {
          artist: artists.map(wireArtist),
          album: albums.map(albumChild),
          song: tracks.map(trackChild),
        },
      };
    }),
    search3: documentEndpoint(async (call) => {
      const { artists, albums, tracks } = await find(call);
      return {
        searchResult3: {
          artist: artists.map(artistID3),
          album: albums.map(albumID3),
          song: tracks.map(trackChild),
        },
      };
    }),
  };
}

function page(params: Params, what: 'artist' | 'album' | 'song'): Page {
  return {
    offset: pageOffset(params, `${what}Offset`),
    count: integerParam(params, `${what}Count`, { min: 0, max: MAX_COUNT }) ?? DEFAULT_COUNT,
  };
}

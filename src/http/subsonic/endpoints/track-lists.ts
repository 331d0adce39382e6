import type { CatalogReader } from '../../../catalog/index.ts';
import type { ArtistId } from '../../../core/index.ts';
import { documentEndpoint, type Endpoints } from '../endpoint.ts';
import { anyIdParam, idParam, type Params, requiredText, textParam } from '../params.ts';
import { albumChild, albumID3, artistID3, trackChild, wireArtist } from '../wire/index.ts';
import { yearRange } from './album-lists.ts';
import { libraryFilter } from './music-folder.ts';
import { listSize, pageOffset } from './paging.ts';
import { starrable } from './starrable.ts';

const DEFAULT_SIMILAR_COUNT = 50;

export function trackListEndpoints(catalog: CatalogReader): Endpoints {
  return {
    getRandomSongs: documentEndpoint(async ({ account, params }) => {
      const genre = textParam(params, 'genre');
      const libraryId = await libraryFilter(catalog, params);
      const tracks = await catalog.randomTracks(
        {
          count: listSize(params, 'size'),
          ...yearRange(params),
          ...(genre === undefined || genre === '' ? {} : { genre }),
          ...(libraryId === undefined ? {} : { libraryId }),
        },
        account.id,
      );
      return { randomSongs: { song: tracks.map(trackChild) } };
    }),
    getSongsByGenre: documentEndpoint(async ({ account, params }) => {
      const tracks = await catalog.tracksByGenre(
        requiredText(params, 'genre'),
        { offset: pageOffset(params, 'offset'), count: listSize(params, 'count') },
        account.id,
        await libraryFilter(catalog, params),
      );
      return { songsByGenre: { song: tracks.map(trackChild) } };
    }),
    getStarred: documentEndpoint(async ({ account, params }) => {
      const starred = await catalog.starred(account.id, await libraryFilter(catalog, params));
      return {
        starred: {
          artist: starred.artists.map(wireArtist),
          album: starred.albums.map(albumChild),
          song: starred.tracks.map(trackChild),
        },
      };
    }),
    getStarred2: documentEndpoint(async ({ account, params }) => {
      const starred = await catalog.starred(account.id, await libraryFilter(catalog, params));
      return {
        starred2: {
          artist: starred.artists.map(artistID3),
          album: starred.albums.map(albumID3),
          song: starred.tracks.map(trackChild),
        },
      };
    }),
    getTopSongs: documentEndpoint(async ({ account, params }) => {
      const artist = await namedArtist(catalog, params);
      const count = listSize(params, 'count', DEFAULT_SIMILAR_COUNT);
      const tracks = artist === undefined ? [] : await catalog.topTracks(artist, count, account.id);
      return { topSongs: { song: tracks.map(trackChild) } };
    }),
    getSimilarSongs: documentEndpoint(async ({ account, params }) => {
      const seed = starrable(anyIdParam(params, 'id'));
      const count = listSize(params, 'count', DEFAULT_SIMILAR_COUNT);
      const tracks = await catalog.similarTracks(seed, count, account.id);
      return { similarSongs: { song: tracks.map(trackChild) } };
    }),
    getSimilarSongs2: documentEndpoint(async ({ account, params }) => {
      const seed = starrable(anyIdParam(params, 'id'));
      const count = listSize(params, 'count', DEFAULT_SIMILAR_COUNT);
      const tracks = await catalog.similarTracks(seed, count, account.id);
      return { similarSongs2: { song: tracks.map(trackChild) } };
    }),
  };
}

/** The id, where there is one, says it without doubt; a name that nobody has is no error. */
async function namedArtist(catalog: CatalogReader, params: Params): Promise<ArtistId | undefined> {
  if (textParam(params, 'id') === undefined) return catalog.artistByName(requiredText(params, 'artist'));
  return idParam(params, 'id', 'ar');
}

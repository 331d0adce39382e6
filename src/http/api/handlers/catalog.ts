import type { AlbumOrder, CatalogReader } from '../../../catalog/index.ts';
import { ClefError, type TrackId, type UserId } from '../../../core/index.ts';
import type { Track } from '../../../api/index.ts';
import type { Handlers } from '../handler.ts';
import { idOf, nothingHasId } from '../ids.ts';
import { wireAlbum, wireArtist, wireGenre, wireLyrics, wireTrack } from '../wire/items.ts';

const TOP_TRACKS = 20;
const SIMILAR_ARTISTS = 12;

type Names =
  | 'counts'
  | 'albums'
  | 'album'
  | 'artists'
  | 'artistLetters'
  | 'artist'
  | 'genres'
  | 'tracks'
  | 'tracksById'
  | 'randomTracks'
  | 'lyrics';

export function catalogHandlers({ catalog }: { readonly catalog: CatalogReader }): Handlers<Names> {
  return {
    async counts() {
      const { tracks, albums, artists } = await catalog.counts();
      return { tracks, albums, artists };
    },

    async albums({ viewer: { account }, query: { offset, count, ...asked } }) {
      const albums = await catalog.listAlbums(orderOf(asked), { offset, count }, account.id);
      return { albums: albums.map(wireAlbum) };
    },

    async album({ viewer: { account }, params }) {
      const id = idOf('al', params.id);
      const [[album], tracks] = await Promise.all([
        catalog.albums([id], account.id),
        catalog.albumTracks(id, account.id),
      ]);
      if (!album) throw nothingHasId();
      return { album: wireAlbum(album), tracks: tracks.map(wireTrack) };
    },

    async artists({ viewer: { account }, query: { offset, count } }) {
      const artists = await (count === undefined
        ? catalog.allArtists(account.id)
        : catalog.listArtists({ offset, count }, account.id));
      return { artists: artists.map(wireArtist) };
    },

    async artistLetters() {
      const { count, letters } = await catalog.artistLetters();
      return { count, letters: [...letters] };
    },

    async artist({ viewer: { account }, params }) {
      const id = idOf('ar', params.id);
      const [artist] = await catalog.artists([id], account.id);
      if (!artist) throw nothingHasId();
      const [albums, topTracks, similar] = await Promise.all([
        catalog.artistAlbums(id, account.id),
        catalog.topTracks(id, TOP_TRACKS, account.id),
        catalog.similarArtists(id, SIMILAR_ARTISTS, account.id),
      ]);
      return {
        artist: wireArtist(artist),
        albums: albums.map(wireAlbum),
        topTracks: topTracks.map(wireTrack),
        similar: similar.map(wireArtist),
      };
    },

    genres: async () => ({ genres: (await catalog.genres()).map(wireGenre) }),

    async tracks({ viewer: { account }, query: { genre, ...page } }) {
      const tracks = await (genre === undefined
        ? catalog.everyTrack(page, account.id)
        : catalog.tracksByGenre(genre, page, account.id));
      return { tracks: tracks.map(wireTrack) };
    },

    async tracksById({ viewer: { account }, body: { ids } }) {
      const known = ids.map((id) => idOf('tr', id));
      return { tracks: await tracksInOrder(catalog, known, account.id) };
    },

    async randomTracks({ viewer: { account }, query: { count, genre } }) {
      const filter = genre === undefined ? { count } : { count, genre };
      return { tracks: (await catalog.randomTracks(filter, account.id)).map(wireTrack) };
    },

    async lyrics({ params }) {
      const lyrics = await catalog.lyricsOf(idOf('tr', params.id));
      return { lyrics: lyrics.toSorted((a, b) => Number(b.synced) - Number(a.synced)).map(wireLyrics) };
    },
  };
}

/** As often as they are named; unknown ones left out. */
export async function tracksInOrder(
  catalog: Pick<CatalogReader, 'tracks'>,
  ids: readonly TrackId[],
  viewer: UserId,
): Promise<Track[]> {
  const views = await catalog.tracks([...new Set(ids)], viewer);
  const byId = new Map(views.map((view) => [view.id, wireTrack(view)]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

interface AskedOrder {
  readonly order: AlbumOrder['kind'];
  readonly genre?: string;
  readonly fromYear?: number;
  readonly toYear?: number;
}

function orderOf({ order, genre, fromYear, toYear }: AskedOrder): AlbumOrder {
  switch (order) {
    case 'by-genre':
      if (genre === undefined) throw missing('genre');
      return { kind: order, genre };
    case 'by-year':
      if (fromYear === undefined) throw missing('fromYear');
      if (toYear === undefined) throw missing('toYear');
      return { kind: order, fromYear, toYear };
    default:
      return { kind: order };
  }
}

function missing(name: string): ClefError {
  return new ClefError('missing-parameter', `${name} in the query is missing`);
}

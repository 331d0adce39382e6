import { type CatalogReader, IGNORED_ARTICLES } from '../../../catalog/index.ts';
import {
  type AlbumId,
  type ArtistId,
  type LibraryId,
  parseWireId,
  type UserId,
  wireId,
} from '../../../core/index.ts';
import type { ScanControl } from '../../ports.ts';
import { type Call, documentEndpoint, type Endpoints } from '../endpoint.ts';
import { idParam, integerParam, nothingHasId, requiredText } from '../params.ts';
import {
  albumChild,
  albumID3,
  albumID3WithSongs,
  artistChild,
  artistID3,
  groupByInitial,
  trackChild,
  type WireObject,
  wireArtist,
  wireDate,
  wireGenre,
} from '../wire/index.ts';
import { libraryFilter } from './music-folder.ts';

const FOLDER_ID = /^\d{1,15}$/;

export interface BrowsingDeps {
  readonly catalog: CatalogReader;
  readonly scan: ScanControl;
  readonly now: () => number;
}

/** The collection as folders (up to getMusicDirectory) and as tags say it. */
export function browsingEndpoints({ catalog, scan, now }: BrowsingDeps): Endpoints {
  const startedMs = now();

  /** A running scan may change the list at any moment. */
  function lastModifiedMs(): number {
    const { scanning, lastScanMs } = scan.status();
    return scanning ? now() : (lastScanMs ?? startedMs);
  }

  async function getIndexes({ account, params }: Call): Promise<WireObject> {
    const since = integerParam(params, 'ifModifiedSince', { min: 0, max: Number.MAX_SAFE_INTEGER });
    const library = await libraryFilter(catalog, params);
    const lastModified = lastModifiedMs();
    const unchanged = since !== undefined && lastModified <= since;
    const groups = unchanged ? [] : groupByInitial(await catalog.allArtists(account.id, library));
    return {
      indexes: {
        lastModified,
        ignoredArticles: IGNORED_ARTICLES.join(' '),
        index: groups.map(({ name, artists }) => ({ name, artist: artists.map(wireArtist) })),
      },
    };
  }

  async function getArtists({ account, params }: Call): Promise<WireObject> {
    const groups = groupByInitial(await catalog.allArtists(account.id, await libraryFilter(catalog, params)));
    return {
      artists: {
        ignoredArticles: IGNORED_ARTICLES.join(' '),
        lastModified: lastModifiedMs(),
        index: groups.map(({ name, artists }) => ({ name, artist: artists.map(artistID3) })),
      },
    };
  }

  return {
    getMusicFolders: documentEndpoint(async () => ({
      musicFolders: {
        musicFolder: (await catalog.libraries()).map(({ number, name }) => ({ id: number, name })),
      },
    })),
    getIndexes: documentEndpoint(getIndexes),
    getMusicDirectory: documentEndpoint(({ account, params }) =>
      musicDirectory(catalog, requiredText(params, 'id'), account.id),
    ),
    getArtists: documentEndpoint(getArtists),
    getArtist: documentEndpoint(async ({ account, params }) => {
      const id = idParam(params, 'id', 'ar');
      const [[artist], albums] = await Promise.all([
        catalog.artists([id], account.id),
        catalog.artistAlbums(id, account.id),
      ]);
      if (!artist) throw nothingHasId();
      return { artist: { ...artistID3(artist), album: albums.map(albumID3) } };
    }),
    getAlbum: documentEndpoint(async ({ account, params }) => {
      const id = idParam(params, 'id', 'al');
      const [[album], tracks] = await Promise.all([
        catalog.albums([id], account.id),
        catalog.albumTracks(id, account.id),
      ]);
      if (!album) throw nothingHasId();
      return { album: albumID3WithSongs(album, tracks) };
    }),
    getSong: documentEndpoint(async ({ account, params }) => {
      const [track] = await catalog.tracks([idParam(params, 'id', 'tr')], account.id);
      if (!track) throw nothingHasId();
      return { song: trackChild(track) };
    }),
    getGenres: documentEndpoint(async () => ({
      genres: { genre: (await catalog.genres()).map(wireGenre) },
    })),
  };
}

/** A music folder holds artists, an artist holds albums, an album holds tracks. */
async function musicDirectory(catalog: CatalogReader, id: string, viewer: UserId): Promise<WireObject> {
  if (FOLDER_ID.test(id)) {
    const library = (await catalog.libraries()).find(({ number }) => number === Number(id));
    if (!library) throw nothingHasId();
    return { directory: await folderDirectory(catalog, library, id, viewer) };
  }
  const parsed = parseWireId(id);
  if (parsed?.kind === 'ar') return { directory: await artistDirectory(catalog, parsed.id, viewer) };
  if (parsed?.kind === 'al') return { directory: await albumDirectory(catalog, parsed.id, viewer) };
  throw nothingHasId();
}

async function folderDirectory(
  catalog: CatalogReader,
  library: { readonly id: LibraryId; readonly name: string },
  id: string,
  viewer: UserId,
): Promise<WireObject> {
  const artists = await catalog.allArtists(viewer, library.id);
  return { id, name: library.name, child: artists.map((artist) => artistChild(artist, id)) };
}

async function artistDirectory(catalog: CatalogReader, id: ArtistId, viewer: UserId): Promise<WireObject> {
  const [[artist], albums] = await Promise.all([
    catalog.artists([id], viewer),
    catalog.artistAlbums(id, viewer),
  ]);
  if (!artist) throw nothingHasId();
  return {
    id: wireId('ar', artist.id),
    name: artist.name,
    starred: artist.starredAtMs === undefined ? undefined : wireDate(artist.starredAtMs),
    userRating: artist.rating,
    playCount: artist.playCount,
    child: albums.map(albumChild),
  };
}

async function albumDirectory(catalog: CatalogReader, id: AlbumId, viewer: UserId): Promise<WireObject> {
  const [[album], tracks] = await Promise.all([
    catalog.albums([id], viewer),
    catalog.albumTracks(id, viewer),
  ]);
  if (!album) throw nothingHasId();
  const [artist] = album.artists;
  return {
    id: wireId('al', album.id),
    parent: artist === undefined ? undefined : wireId('ar', artist.id),
    name: album.title,
    starred: album.starredAtMs === undefined ? undefined : wireDate(album.starredAtMs),
    userRating: album.rating,
    playCount: album.playCount,
    child: tracks.map(trackChild),
  };
}

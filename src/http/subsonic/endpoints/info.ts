import type { AlbumView, ArtistView, CatalogReader } from '../../../catalog/index.ts';
import type { UserId } from '../../../core/index.ts';
import { type Call, documentEndpoint, type Endpoints } from '../endpoint.ts';
import { type AnyId, anyIdParam, nothingHasId } from '../params.ts';
import { artistID3, type WireObject, wireArtist } from '../wire/index.ts';
import { listSize } from './paging.ts';

const DEFAULT_SIMILAR_ARTISTS = 20;

/** What the library itself knows; Clef asks no other service about its listeners' music. */
export function infoEndpoints(catalog: CatalogReader): Endpoints {
  async function artistInfo(
    { account, params }: Call,
    similar: (artist: ArtistView) => WireObject,
  ): Promise<WireObject> {
    const artist = await artistOf(catalog, anyIdParam(params, 'id'), account.id);
    const count = listSize(params, 'count', DEFAULT_SIMILAR_ARTISTS);
    const others = await catalog.similarArtists(artist.id, count, account.id);
    return {
      biography: '',
      musicBrainzId: artist.musicBrainzArtistId ?? '',
      similarArtist: others.map(similar),
    };
  }

  async function albumInfo({ account, params }: Call): Promise<WireObject> {
    const album = await albumOf(catalog, anyIdParam(params, 'id'), account.id);
    return { albumInfo: { notes: '', musicBrainzId: album.musicBrainzReleaseId ?? '' } };
  }

  return {
    getArtistInfo: documentEndpoint(async (call) => ({ artistInfo: await artistInfo(call, wireArtist) })),
    getArtistInfo2: documentEndpoint(async (call) => ({ artistInfo2: await artistInfo(call, artistID3) })),
    getAlbumInfo: documentEndpoint(albumInfo),
    getAlbumInfo2: documentEndpoint(albumInfo),
  };
}

/** Players that browse folders ask with the id of an album or track. */
async function artistOf(catalog: CatalogReader, id: AnyId, viewer: UserId): Promise<ArtistView> {
  const artistId = id.kind === 'ar' ? id.id : (await albumOf(catalog, id, viewer)).artists[0]?.id;
  const [artist] = artistId === undefined ? [] : await catalog.artists([artistId], viewer);
  if (!artist) throw nothingHasId();
  return artist;
}

async function albumOf(catalog: CatalogReader, id: AnyId, viewer: UserId): Promise<AlbumView> {
  const [track] = id.kind === 'tr' ? await catalog.tracks([id.id], viewer) : [];
  const albumId = id.kind === 'al' ? id.id : track?.albumId;
  const [album] = albumId === undefined ? [] : await catalog.albums([albumId], viewer);
  if (!album) throw nothingHasId();
  return album;
}

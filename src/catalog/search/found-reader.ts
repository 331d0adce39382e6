import { type AlbumId, type ArtistId, type AssetId, isClefError, type TrackId } from '../../core/index.ts';
import type { AlbumView, Annotations, ArtistView, CatalogReader, PlayReader, TrackView } from '../port.ts';
import type { SearchIndex } from './port.ts';

/** What is shown of items that search found, and which covers they have. */
export type FoundReader = Pick<CatalogReader, 'tracks' | 'albums' | 'artists'>;

/** A database that is away refuses at once, or hangs for much longer. */
const PATIENCE_MS = 1_000;

/** What listeners did is known to the database alone. */
const UNKNOWN: Annotations = { playCount: 0 };

export interface FoundReaderOptions {
  readonly catalog: FoundReader;
  readonly search: Pick<SearchIndex, 'record'>;
  readonly playing: Pick<PlayReader, 'originalOf' | 'fileNameOf'>;
  readonly patienceMs?: number;
}

/**
 * Asks the catalogue, and while its database is away answers from the records of the index: without stars, ratings, plays,
 * credits, genres and the like. Where an item has no record, the catalogue's answer or failure is waited for.
 */
export function createFoundReader(options: FoundReaderOptions): FoundReader {
  const { catalog, search, playing, patienceMs = PATIENCE_MS } = options;

  async function ask<View>(
    asked: Promise<readonly View[]>,
    recorded: () => Promise<readonly (View | undefined)[]>,
  ): Promise<readonly View[]> {
    const answer = await inTime(asked, patienceMs);
    if (answer) return answer;
    const views = await recorded();
    return views.every((view) => view !== undefined) ? views : asked;
  }

  async function recordedTrack(id: TrackId): Promise<TrackView | undefined> {
    const record = search.record({ kind: 'track', id });
    const [original, file] = await Promise.all([playing.originalOf(id), playing.fileNameOf(id)]);
    if (!record || !original || !file) return undefined;
    const { title, artist, album, albumId, durationMs = 0, createdAtMs = 0, coverAssetId } = record;
    if (albumId === undefined) return undefined;
    return {
      ...UNKNOWN,
      id,
      libraryId: original.libraryId,
      title,
      album,
      albumId,
      displayArtist: artist,
      artists: [],
      displayAlbumArtist: '',
      albumArtists: [],
      composers: [],
      genres: [],
      durationMs,
      isrcs: [],
      replayGain: {},
      hasLyrics: false,
      lengthBytes: original.lengthBytes,
      mediaType: original.mediaType,
      suffix: file.suffix,
      createdAtMs,
      ...coverOf(coverAssetId),
    };
  }

  async function recordedAlbum(id: AlbumId): Promise<AlbumView | undefined> {
    const record = search.record({ kind: 'album', id });
    const [libraryId] = record?.libraryIds ?? [];
    if (!record || libraryId === undefined) return undefined;
    const { title, artist, itemCount = 0, durationMs = 0, createdAtMs = 0, coverAssetId } = record;
    return {
      ...UNKNOWN,
      id,
      libraryId,
      title,
      displayArtist: artist,
      artists: [],
      releaseTypes: [],
      recordLabels: [],
      genres: [],
      isCompilation: false,
      discTitles: [],
      trackCount: itemCount,
      durationMs,
      createdAtMs,
      ...coverOf(coverAssetId),
    };
  }

  async function recordedArtist(id: ArtistId): Promise<ArtistView | undefined> {
    const record = search.record({ kind: 'artist', id });
    if (!record) return undefined;
    const { title, itemCount = 0, coverAssetId } = record;
    return { ...UNKNOWN, id, name: title, albumCount: itemCount, roles: [], ...coverOf(coverAssetId) };
  }

  return {
    tracks: (ids, viewer) => ask(catalog.tracks(ids, viewer), () => Promise.all(ids.map(recordedTrack))),
    albums: (ids, viewer) => ask(catalog.albums(ids, viewer), () => Promise.all(ids.map(recordedAlbum))),
    artists: (ids, viewer) => ask(catalog.artists(ids, viewer), () => Promise.all(ids.map(recordedArtist))),
  };
}

/** Undefined where the database is away, or seems to be. */
async function inTime<Answer>(asked: Promise<Answer>, patienceMs: number): Promise<Answer | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(late.resolve, patienceMs);
  try {
    return await Promise.race([asked, late.promise]);
  } catch (error) {
    if (!isClefError(error, 'catalog-offline')) throw error;
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

function coverOf(coverAssetId: AssetId | undefined): { readonly coverAssetId?: AssetId } {
  return coverAssetId === undefined ? {} : { coverAssetId };
}

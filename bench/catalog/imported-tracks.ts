import { hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CatalogImporter, ImportedTrack } from '../../src/catalog/index.ts';
import {
  type AssetId,
  asBytes,
  fromHex,
  type LayoutId,
  type LibraryId,
  type NodeId,
} from '../../src/core/index.ts';
import { bareTags } from '../../test/support/bare-tags.ts';
import { type GeneratedTrack, generatedTracks } from './music.ts';

export interface ImportPlace {
  readonly libraryId: LibraryId;
  readonly sourceId: number;
}

/** Between two of these whatever else waits has its turn. */
const TRACKS_A_TURN = 100;

/** Generated music as an importer takes it, without audio: which bytes there would be follows from seed and number. */
export async function* importedTracks(
  count: number,
  place: ImportPlace,
  seed = 1,
): AsyncGenerator<ImportedTrack> {
  for (const track of generatedTracks(count, seed)) {
    if (track.index % TRACKS_A_TURN === 0) await nextTurn();
    yield importedTrack(track, place, seed);
  }
}

/** As many as wait together: more than fill one transaction of the importer's. */
const AT_ONCE = 256;

/** Imports all of it, several at once; `onImported` is told the number so far. */
export async function importGenerated(
  importer: Pick<CatalogImporter, 'importTrack'>,
  tracks: AsyncIterable<ImportedTrack>,
  onImported: (count: number) => void = () => undefined,
): Promise<void> {
  let count = 0;
  let waiting: Promise<unknown>[] = [];
  const settle = async () => {
    await Promise.all(waiting);
    count += waiting.length;
    waiting = [];
    onImported(count);
  };
  for await (const track of tracks) {
    waiting.push(importer.importTrack(track));
    if (waiting.length >= AT_ONCE) await settle();
  }
  await settle();
}

function importedTrack(
  track: GeneratedTrack,
  { libraryId, sourceId }: ImportPlace,
  seed: number,
): ImportedTrack {
  const { index, title, number, album, displayArtist, durationMs } = track;
  const digest = hash('sha512', `${seed}:${index}`);
  const bytes = (lengthBytes: number) => asBytes(fromHex(digest.repeat(2).slice(0, 2 * lengthBytes)));
  const lengthBytes = 25 * durationMs;
  return {
    file: {
      sourceId,
      pathKey: `${album.artist.index}/${album.index}/${number}.flac`,
      lengthBytes,
      modifiedNs: '0',
      deviceAndInode: '',
      sidecars: '',
      contentHash: bytes(32),
    },
    tags: {
      ...bareTags,
      title,
      album: album.title,
      displayArtist,
      artists: [displayArtist],
      displayAlbumArtist: album.artist.name,
      albumArtists: [album.artist.name],
      genres: [album.genre],
      trackNumber: number,
      year: album.year,
    },
    fallbackTitle: title,
    audio: { durationMs, codec: 'FLAC', container: 'FLAC', mediaType: 'audio/flac', suffix: 'flac' },
    original: {
      libraryId,
      assetId: digest.slice(0, 32) as AssetId,
      layoutId: digest.slice(32, 64) as LayoutId,
      policy: { k: 1, m: 0 },
      header: bytes(90),
      columnNodes: ['0'.repeat(32) as NodeId],
      wrappedKey: bytes(40),
      epoch: 1,
      lengthBytes,
      storedBytes: lengthBytes,
      degraded: false,
      mediaType: 'audio/flac',
      createdAtMs: index,
    },
  };
}

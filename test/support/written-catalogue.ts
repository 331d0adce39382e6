import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { ImportedTrack } from '../../src/catalog/index.ts';
import { createSqlCatalog, Database } from '../../src/catalog/sql/index.ts';
import { type AssetId, asBytes, type LayoutId, type LibraryId, type NodeId } from '../../src/core/index.ts';
import { bareTags } from './bare-tags.ts';
import { runClef } from './clef-process.ts';

/** What a list or a search shows of a track. */
export interface WrittenTrack {
  readonly title: string;
  readonly album: string;
  readonly albumArtist: string;
  /** The album's artist, now and then with a guest. */
  readonly displayArtist: string;
  readonly durationMs: number;
}

/** As many as are waited for together: enough to fill a transaction of the importer's. */
const AT_ONCE = 128;

/**
 * A first command makes the keys and the administrator; the tracks are then written without audio, which no list
 * and no search touches. `settings` are those of the server that will be started on it.
 */
export async function writeCatalogue(
  data: string,
  tracks: Iterable<WrittenTrack>,
  settings: Record<string, string>,
  onWritten: (count: number) => void = () => undefined,
): Promise<void> {
  const own = { ...settings, CLEF_DATA: data };
  await runClef(['user', 'add', 'listener'], own);
  const { status, stdout, stderr } = await runClef(['status', '--json'], own);
  if (status !== 0) throw new Error(stderr);
  const { libraryId } = JSON.parse(stdout) as { libraryId: LibraryId };
  await using database = await Database.open({ file: join(data, 'catalog.sqlite') });
  // Nobody needs it after a power cut, and it is written many times as fast.
  await sql`pragma synchronous = off`.execute(database.db);
  const catalog = createSqlCatalog(database);
  const source = await catalog.ensureSource(libraryId, join(data, '..', 'no-music'));
  let index = 0;
  let waiting: Promise<unknown>[] = [];
  for (const track of tracks) {
    waiting.push(catalog.importTrack(imported(track, index++, libraryId, source.id)));
    if (waiting.length < AT_ONCE) continue;
    await Promise.all(waiting);
    waiting = [];
    onWritten(index);
  }
  await Promise.all(waiting);
  onWritten(index);
}

function imported(track: WrittenTrack, index: number, libraryId: LibraryId, sourceId: number): ImportedTrack {
  const { title, album, albumArtist, displayArtist, durationMs } = track;
  const bytes = (lengthBytes: number) => asBytes(Uint8Array.from(randomBytes(lengthBytes)));
  return {
    file: {
      sourceId,
      pathKey: `${index}.flac`,
      lengthBytes: 1_000_000,
      modifiedNs: '0',
      deviceAndInode: '',
      sidecars: '',
      contentHash: bytes(32),
    },
    tags: {
      ...bareTags,
      title,
      album,
      displayArtist,
      artists: [displayArtist],
      displayAlbumArtist: albumArtist,
      albumArtists: [albumArtist],
      genres: ['Generated'],
    },
    fallbackTitle: title,
    audio: { durationMs, codec: 'FLAC', container: 'FLAC', mediaType: 'audio/flac', suffix: 'flac' },
    original: {
      libraryId,
      assetId: randomBytes(16).toString('hex') as AssetId,
      layoutId: randomBytes(16).toString('hex') as LayoutId,
      policy: { k: 1, m: 0 },
      header: bytes(90),
      columnNodes: ['0'.repeat(32) as NodeId],
      wrappedKey: bytes(40),
      epoch: 1,
      lengthBytes: 1_000_000,
      storedBytes: 1_000_000,
      degraded: false,
      mediaType: 'audio/flac',
      createdAtMs: index,
    },
  };
}

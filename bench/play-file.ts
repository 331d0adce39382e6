import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import type { PlayChange, PlayFile } from '../src/catalog/play-file/index.ts';
import { openPlayFile } from '../src/catalog/play-file/sqlite/index.ts';
import { createSqlCatalog, Database, type SqlCatalog } from '../src/catalog/sql/index.ts';
import type { AssetId, Bytes, LayoutId, LibraryId, NodeId, TrackId } from '../src/core/index.ts';
import { importedTrack, labelId } from '../test/support/catalog-tracks.ts';
import { isAbsent } from '../test/support/debian.ts';
import { MARIADBD, startMariadb } from '../test/support/start-mariadb.ts';
import { BenchSkipped, type BenchResult } from './support/bench.ts';
import { progress } from './support/measure.ts';

export const name = 'play-file';
export const aim =
  'Finding the asset of a track in the play file beside asking the catalogue, and what the file takes on the disk.';

const TRACKS = 100_000;
const LOOK_UPS = 50_000;
/** More than the catalogue remembers, so that asking for them in turn finds none remembered. */
const CATALOG_TRACKS = 6_000;
const REMEMBERED_TRACKS = 1_000;
const NODES = 6;
const nodeIds = Array.from({ length: NODES }, (_, node) => labelId<NodeId>(`node ${node}`));
const LIBRARY = labelId<LibraryId>('library');
const [HEADER_BYTES, WRAPPED_KEY_BYTES] = [96, 40];
const TRACKS_AN_ALBUM = 10;

export async function run(): Promise<BenchResult> {
  if (isAbsent(MARIADBD)) throw new BenchSkipped(`${MARIADBD} is not installed`);
  const folder = await mkdtemp(join(tmpdir(), 'clef-bench-play-file-'));
  const path = join(folder, 'play-file.sqlite');
  try {
    await using file = openPlayFile({ path });
    const start = performance.now();
    await file.rebuild(generated(), { position: { catalogId: 'bench', seq: 1 } });
    const buildSeconds = (performance.now() - start) / 1000;
    const { size } = await stat(path);
    lookUp(file);
    const file_us = lookUp(file);
    const { asked_us, remembered_us } = await askCatalog(folder);
    return {
      figures: [
        { name: 'look-up, share of asking MariaDB', value: file_us / asked_us, unit: '' },
        { name: 'look-up', value: file_us, unit: 'µs' },
        { name: 'asking the catalogue in MariaDB', value: asked_us, unit: 'µs' },
        { name: 'what the catalogue remembers', value: remembered_us, unit: 'µs' },
        { name: 'file', value: size / TRACKS, unit: 'bytes/track' },
        { name: 'build', value: buildSeconds, unit: 's' },
      ],
      notes: [
        `${TRACKS} tracks with their packet tables, a cover for every ${TRACKS_AN_ALBUM}, over ${NODES} nodes (4+2). ${LOOK_UPS} look-ups of a track’s original over the whole file, the second of two runs.`,
        `The catalogue is that of ${CATALOG_TRACKS} tracks in a MariaDB on loopback, asked for all in turn, one after the other; then for ${REMEMBERED_TRACKS} that it remembers.`,
      ],
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Microseconds of one. */
function lookUp(file: PlayFile): number {
  const start = performance.now();
  for (let number = 0; number < LOOK_UPS; number++) {
    const track = file.track(trackId((number * 7_919) % TRACKS));
    if (!track || !file.asset(track.originalId)) throw new Error('a track is missing');
  }
  return ((performance.now() - start) / LOOK_UPS) * 1000;
}

async function askCatalog(folder: string) {
  progress('  importing into MariaDB …');
  await using mariadb = await startMariadb();
  await using database = await Database.connect(await mariadb.newDatabase());
  const catalog = createSqlCatalog(database);
  await catalog.ensureLibrary(LIBRARY, 'Music');
  const source = await catalog.ensureSource(LIBRARY, folder);
  const ids: TrackId[] = [];
  for (let number = 0; number < CATALOG_TRACKS; number++) {
    const album = `Album ${Math.floor(number / TRACKS_AN_ALBUM)}`;
    ids.push(await catalog.importTrack(importedTrack(source, `${number}`, { tags: { album } })));
  }
  await ask(catalog, ids);
  const asked_us = await ask(catalog, ids);
  const some = ids.slice(0, REMEMBERED_TRACKS);
  await ask(catalog, some);
  return { asked_us, remembered_us: await ask(catalog, some) };
}

async function ask(catalog: SqlCatalog, ids: readonly TrackId[]): Promise<number> {
  const start = performance.now();
  for (const id of ids) if (!(await catalog.originalOf(id))) throw new Error('a track is missing');
  return ((performance.now() - start) / ids.length) * 1000;
}

function trackId(number: number): TrackId {
  return (number * 1_024 + (number % 1_024)) as TrackId;
}

async function* generated(): AsyncGenerator<PlayChange> {
  for (let number = 0; number < TRACKS; number++) {
    const original = asset(`original ${number}`, 'audio/flac');
    const table = asset(`table ${number}`, 'application/vnd.clef.packets');
    yield original;
    yield table;
    if (number % TRACKS_AN_ALBUM === 0) yield asset(`cover ${number}`, 'image/jpeg');
    yield {
      kind: 'track',
      id: trackId(number),
      track: {
        originalId: original.id,
        displayArtist: `Some Artist ${Math.floor(number / 100)}`,
        title: `A Song of the Usual Length ${number}`,
        suffix: 'flac',
      },
    };
    yield { kind: 'companion', parentId: original.id, as: 'packet-table', companion: { assetId: table.id } };
  }
}

function asset(label: string, mediaType: string) {
  const id = idOf<AssetId>(label);
  const first = Number.parseInt(id.slice(0, 2), 16);
  return {
    kind: 'asset',
    id,
    asset: {
      libraryId: LIBRARY,
      assetId: id,
      layoutId: idOf<LayoutId>(`layout ${label}`),
      policy: { k: 4, m: 2 },
      header: bytes(label, HEADER_BYTES),
      columnNodes: nodeIds.map((_, column) => nodeIds[(first + column) % nodeIds.length]),
      wrappedKey: bytes(label, WRAPPED_KEY_BYTES),
      epoch: 1,
      lengthBytes: 30_000_000 + first,
      storedBytes: 45_000_000 + first,
      degraded: false,
      mediaType,
      createdAtMs: 1_700_000_000_000 + first,
    },
  } as const;
}

function bytes(label: string, lengthBytes: number): Bytes {
  return new Uint8Array(createHash('shake128', { outputLength: lengthBytes }).update(label).digest());
}

function idOf<Id extends string>(label: string): Id {
  return bytes(label, 16).toHex() as Id;
}

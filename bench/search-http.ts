import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { ImportedTrack } from '../src/catalog/index.ts';
import { createSqlCatalog, Database } from '../src/catalog/sql/index.ts';
import { type AssetId, asBytes, type LayoutId, type LibraryId, type NodeId } from '../src/core/index.ts';
import { runClef, startClef, temporaryFolder } from '../test/support/clef-process.ts';
import { SubsonicClient } from '../test/support/subsonic-client.ts';
import { bareTags } from '../test/support/bare-tags.ts';
import { atMost, type BenchResult } from './support/bench.ts';
import { seededRandom } from '../test/support/random.ts';
import { type GeneratedTrack, generatedTracks } from './support/generated-music.ts';
import { median, progress, quantile } from './support/measure.ts';

export const name = 'search-http';
export const aim =
  'search3 as a player asks it: over HTTP, one connection, token authentication, 5,000 tracks.';

const TRACKS = 5_000;
const QUERIES = 1_000;
const RUNS = 5;
const SETTLE_MS = 250;

export async function run(): Promise<BenchResult> {
  await using folder = await temporaryFolder('bench-search');
  const data = join(folder.path, 'data');
  await fillCatalogue(data);
  await using server = await startClef({ data });
  const client = new SubsonicClient(server.baseUrl, await server.credentials());
  const words = vocabulary();
  await untilFound(client, words[0] ?? '');

  const random = seededRandom(7);
  const queries = Array.from({ length: QUERIES }, () => {
    const word = words[Math.floor(random() * words.length)] ?? 'a';
    return random() < 0.5 ? word.slice(0, 2 + Math.floor(random() * 4)) : word;
  });
  const searches: { p50: number; p99: number }[] = [];
  const pings: number[] = [];
  for (let runIndex = 0; runIndex <= RUNS; runIndex++) {
    const ping = await timesOf(Array.from({ length: QUERIES }, () => client.url('ping')));
    const search = await timesOf(queries.map((query) => client.url('search3', { query })));
    // The first run compiles.
    if (runIndex === 0) continue;
    pings.push(quantile(ping, 0.5));
    searches.push({ p50: quantile(search, 0.5), p99: quantile(search, 0.99) });
  }
  const p50 = median(searches.map((one) => one.p50));
  return {
    figures: [
      { name: 'search3, median', value: p50, unit: 'ms', aim: atMost(0.5) },
      {
        name: 'search3, 99th percentile',
        value: median(searches.map((one) => one.p99)),
        unit: 'ms',
        aim: atMost(5),
      },
      { name: 'ping in the same run, median', value: median(pings), unit: 'ms' },
      { name: 'search3 as a multiple of ping', value: p50 / median(pings), unit: '' },
    ],
    notes: [
      `The median of ${RUNS} runs of ${QUERIES} queries each, whole words and beginnings, one after the other on one connection, measured by Node's fetch in this process, whose own work is included; ping shows how much that is.`,
    ],
  };
}

/** A first start makes the keys; the tracks are then written without audio, which no search touches. */
async function fillCatalogue(data: string): Promise<void> {
  const settings = {
    CLEF_DATA: data,
    CLEF_ADMIN_PASSWORD: 'correct horse battery staple',
    CLEF_RECOVERY_PASSPHRASE: 'velvet otter piano gravel',
  };
  await runClef(['user', 'add', 'listener'], settings);
  const { status, stdout, stderr } = await runClef(['status', '--json'], settings);
  if (status !== 0) throw new Error(stderr);
  const { libraryId } = JSON.parse(stdout) as { libraryId: LibraryId };
  await using database = await Database.open({ file: join(data, 'catalog.sqlite') });
  const catalog = createSqlCatalog(database);
  const source = await catalog.ensureSource(libraryId, join(data, '..', 'no-music'));
  for (const track of generatedTracks(TRACKS)) {
    await catalog.importTrack(imported(track, libraryId, source.id));
    if (track.index % 1_000 === 999) progress(`${track.index + 1} tracks`);
  }
}

function imported(track: GeneratedTrack, libraryId: LibraryId, sourceId: number): ImportedTrack {
  const { title, album, displayArtist, durationMs, index } = track;
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
      album: album.title,
      displayArtist,
      artists: [displayArtist],
      displayAlbumArtist: album.artist.name,
      albumArtists: [album.artist.name],
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

/** Words that occur, common ones as often as they do. */
function vocabulary(): string[] {
  const words: string[] = [];
  for (const { title, album } of generatedTracks(TRACKS))
    words.push(...`${title} ${album.artist.name}`.split(/[^\p{L}]+/u));
  return words.filter((word) => word.length > 1);
}

async function untilFound(client: SubsonicClient, word: string): Promise<void> {
  for (;;) {
    const { searchResult3 } = await client.get('search3', { query: word });
    if ((searchResult3?.song ?? []).length > 0) break;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  }
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
}

async function timesOf(urls: readonly string[]): Promise<number[]> {
  const timesMs: number[] = [];
  for (const url of urls) {
    const startedMs = performance.now();
    const response = await fetch(url);
    await response.text();
    timesMs.push(performance.now() - startedMs);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
  }
  return timesMs;
}

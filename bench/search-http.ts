import { join } from 'node:path';
import { startClef, temporaryFolder } from '../test/support/clef-process.ts';
import { SubsonicClient } from '../test/support/subsonic-client.ts';
import { type WrittenTrack, writeCatalogue } from '../test/support/written-catalogue.ts';
import { atMost, type BenchResult } from './support/bench.ts';
import { seededRandom } from '../test/support/random.ts';
import { generatedTracks } from './catalog/music.ts';
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

async function fillCatalogue(data: string): Promise<void> {
  const settings = {
    CLEF_ADMIN_PASSWORD: 'correct horse battery staple',
    CLEF_RECOVERY_PASSPHRASE: 'velvet otter piano gravel',
  };
  await writeCatalogue(data, written(TRACKS), settings, (count) => progress(`${count} tracks`));
}

function* written(count: number): Generator<WrittenTrack> {
  for (const { title, album, displayArtist, durationMs } of generatedTracks(count)) {
    yield { title, album: album.title, albumArtist: album.artist.name, displayArtist, durationMs };
  }
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

import { join } from 'node:path';
import { sampledTracks, searchesFor, typed } from '../../bench/catalog/query-log.ts';
import { startClef, temporaryFolder } from '../support/clef-process.ts';
import { writeGeneratedCatalogue } from '../support/generated-catalogue.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { waitFor } from '../support/wait-for.ts';
import { latency } from '../../bench/support/search-timing.ts';

const REQUESTS = 1_000;

/** On a busy machine with a great catalogue. */
const START_MS = 120_000;

/** As a player asks: `search3` on one connection, which the catalogue answers with what it knows of what was found. */
export async function overHttp(count: number, seed: number, say: (text: string) => void) {
  await using folder = await temporaryFolder('search-http');
  const data = join(folder.path, 'data');
  await writeGeneratedCatalogue(data, count, seed, say);
  await using server = await startClef({ data, readyWithinMs: START_MS });
  const client = new SubsonicClient(server.baseUrl, await server.credentials());
  const sampled = sampledTracks(count, 100, seed);
  const last = sampled.at(-1)?.title ?? '';
  await waitFor('the search index', async () => {
    const { searchResult3 } = await client.get('search3', { query: last });
    return (searchResult3?.song ?? []).length > 0 ? true : undefined;
  });
  const texts = searchesFor(sampled, seed).flatMap(typed).slice(0, REQUESTS);
  const urls = texts.map((query) => client.url('search3', { query }));
  await timesOf(urls);
  return {
    tracks: count,
    search3: latency(await timesOf(urls)),
    ping: latency(await timesOf(urls.map(() => client.url('ping')))),
  };
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

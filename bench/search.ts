import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SearchIndex } from '../src/catalog/search/index.ts';
import { openSearchIndex } from '../src/catalog/search/sqlite/index.ts';
import { mistypedSearches, sampledTracks, searchesFor } from './catalog/query-log.ts';
import { generatedChanges } from './catalog/search-changes.ts';
import { atLeast, atMost, type BenchResult } from './support/bench.ts';
import { progress } from './support/measure.ts';
import { searchesMistyped, searchesTyped } from './support/search-timing.ts';

export const name = 'search';
export const aim =
  'Finding and ranking 20 tracks, 20 albums and 20 artists in process, after every key, and with a typing error.';

const TRACKS = 1_000_000;
const SEARCHES = 1_000;

export async function run(): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'clef-bench-search-'));
  const path = join(folder, 'search.sqlite');
  const index = openSearchIndex({ path });
  try {
    const built = await build(index, TRACKS);
    const { size } = await stat(path);
    const sampled = sampledTracks(TRACKS, SEARCHES);
    const typed = searchesTyped(index, searchesFor(sampled));
    const mistyped = searchesMistyped(index, mistypedSearches(sampled), TRACKS);
    return {
      figures: [
        { name: 'search, p50', value: typed.p50Ms, unit: 'ms', aim: atMost(0.1) },
        { name: 'search, p99', value: typed.p99Ms, unit: 'ms', aim: atMost(5) },
        { name: 'search of one word, p50', value: typed.ofOneWord.p50Ms, unit: 'ms' },
        { name: 'search of one word, p99', value: typed.ofOneWord.p99Ms, unit: 'ms' },
        { name: 'mistyped, p50', value: mistyped.p50Ms, unit: 'ms' },
        { name: 'mistyped, p99', value: mistyped.p99Ms, unit: 'ms', aim: atMost(25) },
        {
          name: 'mistyped, meant track among the first ten',
          value: 100 * mistyped.foundShare,
          unit: '%',
          aim: atLeast(95),
        },
        { name: 'index and records', value: size / TRACKS, unit: 'bytes/track' },
        { name: 'build', value: built.seconds, unit: 's' },
        { name: 'build', value: built.changeCount / built.seconds, unit: 'changes/s' },
      ],
      notes: [
        `${TRACKS} generated tracks in eight scripts with their albums and artists, three in ten of them played. ${typed.searches} seeded searches as they stand after each of ${typed.keys} keys, one after the other; then titles with artists in which one letter is wrong. \`npm run proof -- search\` does the same with ten million tracks, and beside a database.`,
        'The build is a rebuild beside the live index, in a thread of its own, durable at its end.',
      ],
    };
  } finally {
    await index[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  }
}

async function build(index: SearchIndex, trackCount: number) {
  let changeCount = 0;
  const start = performance.now();
  await index.rebuild(generatedChanges(trackCount), {
    position: { catalogId: 'bench', seq: 1 },
    onProgress: (count) => {
      const step = 250_000;
      if (Math.floor(count / step) > Math.floor(changeCount / step)) progress(`  ${count} changes taken`);
      changeCount = count;
    },
  });
  return { changeCount, seconds: (performance.now() - start) / 1000 };
}

import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SearchIndex } from '../src/catalog/search/index.ts';
import { openSearchIndex } from '../src/catalog/search/sqlite/index.ts';
import { matchExpression } from '../src/catalog/search/sqlite/match-expression.ts';
import { plain, queryTokens } from '../src/catalog/search/tokens.ts';
import { atMost, type BenchResult, type Figure } from './support/bench.ts';
import { progress, quantile } from './support/measure.ts';
import { generatedChanges, type SearchText, searchTexts } from './support/search-load.ts';

export const name = 'search';
export const aim =
  'Finding and ranking 20 tracks, 20 albums and 20 artists in process, by beginnings of words, several words and mistyped words.';

const TRACKS = 1_000_000;
const TEXTS = 10_000;
const WARM_UP_TEXTS = 600;
const SCANS = 15;
const PAGE = { offset: 0, count: 20 };

export function run(): Promise<BenchResult> {
  return measure(TRACKS);
}

async function measure(trackCount: number): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'clef-bench-search-'));
  const path = join(folder, 'search.sqlite');
  const index = openSearchIndex({ path });
  try {
    const built = await build(index, trackCount);
    const { size } = await stat(path);
    const texts = searchTexts(trackCount, TEXTS);
    const { searches, matches, scans } = time(index, path, texts);
    const kinds = [...new Set(texts.map(({ kind }) => kind))];
    return {
      figures: [
        ...latency('search', [...searches.values()], { p50: 0.1, p99: 5 }),
        ...kinds.flatMap((kind) =>
          latency(
            `search, ${kind}`,
            texts.filter((text) => text.kind === kind).map((text) => searches.get(text) ?? 0),
          ),
        ),
        ...latency('plain MATCH … LIMIT 20, tracks alone', matches),
        ...latency('LIKE scan, track titles', scans),
        { name: 'index and records', value: size / trackCount, unit: 'bytes/track' },
        { name: 'build', value: built.seconds, unit: 's' },
        { name: 'build', value: built.changeCount / built.seconds, unit: 'changes/s' },
      ],
      notes: [
        `${trackCount} generated tracks with their albums and artists, three in ten of them played. ${texts.length} seeded texts as they stand at some moment of typing, one in ten mistyped, each searched once, after ${WARM_UP_TEXTS} to warm up; after each search the plain MATCH, which asks the same file for 20 tracks in the order of the index, unranked.`,
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

/** Milliseconds of each; ours and the plain query in turn, so that the machine's moods meet both. */
function time(index: SearchIndex, path: string, texts: readonly SearchText[]) {
  const searches = new Map<SearchText, number>();
  const matches: number[] = [];
  const scans: number[] = [];
  const database = new DatabaseSync(path, { readOnly: true });
  const match = database.prepare(
    'SELECT rowid FROM track_term WHERE track_term MATCH ? ORDER BY rowid LIMIT 20',
  );
  const scan = database.prepare('SELECT id FROM track_record WHERE lower(title) LIKE ? LIMIT 20');
  const search = (text: string) => index.search({ text, tracks: PAGE, albums: PAGE, artists: PAGE });
  for (const { text } of texts.slice(-WARM_UP_TEXTS)) search(text);
  for (const text of texts) {
    searches.set(
      text,
      timed(() => search(text.text)),
    );
    const expression = matchExpression({ tokens: queryTokens(text.text), libraryToken: undefined }, 'begun');
    matches.push(timed(() => match.all(expression)));
  }
  for (const { text } of texts.slice(0, SCANS)) scans.push(timed(() => scan.all(`%${plain(text)}%`)));
  database.close();
  return { searches, matches, scans };
}

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function latency(
  name: string,
  values: readonly number[],
  aims?: { readonly p50: number; readonly p99: number },
): Figure[] {
  return (['p50', 'p99'] as const).map((share) => ({
    name: `${name}, ${share}`,
    value: quantile(values, share === 'p50' ? 0.5 : 0.99),
    unit: 'ms',
    ...(aims && { aim: atMost(aims[share]) }),
  }));
}

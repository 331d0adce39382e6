import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SearchIndex } from '../src/catalog/search/index.ts';
import { openSearchIndex } from '../src/catalog/search/sqlite/index.ts';
import { matchExpression } from '../src/catalog/search/sqlite/match-expression.ts';
import { queryTokens } from '../src/catalog/search/tokens.ts';
import { atMost, type BenchResult, type Figure } from './support/bench.ts';
import { progress, quantile } from './support/measure.ts';
import { generatedChanges, type SearchText, searchTexts } from './support/search-load.ts';

export const name = 'search';
export const aim =
  'Finding and ranking 20 tracks, 20 albums and 20 artists in process, by beginnings of words, several words and mistyped words.';

const TRACKS = 1_000_000;
const TEXTS = 10_000;
const WARM_UP_TEXTS = 600;
/** Ours, then the plain queries: few enough that the machine's moods meet both. */
const TEXTS_A_TURN = 250;
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
    const { searches, matches } = time(index, path, texts);
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
        ...latency('plain MATCH, 20 of each kind', matches),
        { name: 'index and records', value: size / trackCount, unit: 'bytes/track' },
        { name: 'build', value: built.seconds, unit: 's' },
        { name: 'build', value: built.changeCount / built.seconds, unit: 'changes/s' },
      ],
      notes: [
        `${trackCount} generated tracks with their albums and artists, three in ten of them played. ${texts.length} seeded texts as they stand at some moment of typing, one in ten mistyped, each searched once, after ${WARM_UP_TEXTS} to warm up; in turns with the plain MATCH, which asks the same file for 20 of each kind in the order of the index: not ranked, not corrected, no ids.`,
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

/** Milliseconds of each. */
function time(index: SearchIndex, path: string, texts: readonly SearchText[]) {
  const searches = new Map<SearchText, number>();
  const matches: number[] = [];
  using database = new DatabaseSync(path, { readOnly: true });
  const plain = ['track', 'album', 'artist'].map((kind) =>
    database.prepare(`SELECT rowid FROM ${kind}_term WHERE ${kind}_term MATCH ? ORDER BY rowid LIMIT 20`),
  );
  const search = (text: string) => index.search({ text, tracks: PAGE, albums: PAGE, artists: PAGE });
  for (const { text } of texts.slice(-WARM_UP_TEXTS)) search(text);
  for (let start = 0; start < texts.length; start += TEXTS_A_TURN) {
    const turn = texts.slice(start, start + TEXTS_A_TURN);
    for (const text of turn) {
      searches.set(
        text,
        timed(() => search(text.text)),
      );
    }
    for (const { text } of turn) {
      const terms = { tokens: queryTokens(text), libraryToken: undefined };
      const expression = matchExpression(terms, 'begun');
      matches.push(timed(() => plain.map((match) => match.all(expression))));
    }
  }
  return { searches, matches };
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

import { setImmediate as nextTurn } from 'node:timers/promises';
import { generatedItems, generatedTrackId } from '../catalog/search-changes.ts';
import { type MistypedSearch, type Search, typed } from '../catalog/query-log.ts';
import type { SearchChange, SearchIndex } from '../../src/catalog/search/index.ts';
import { catalogId, type TrackId } from '../../src/core/index.ts';
import { quantile } from './measure.ts';

const PAGE = { offset: 0, count: 20 };
const WARM_UP = 2_000;
const FIRST = 10;

/** As the web player asks: twenty of each kind. */
export function ask(index: SearchIndex, text: string) {
  return index.search({ text, tracks: PAGE, albums: PAGE, artists: PAGE });
}

/** Each search after every key, one after the other. */
export function searchesTyped(index: SearchIndex, searches: readonly Search[]) {
  const states = searches.flatMap((search) => typed(search).map((text) => ({ text, script: search.script })));
  for (const { text } of states.slice(0, WARM_UP)) ask(index, text);
  const timed = states.map((state) => ({ ...state, ms: msOf(() => ask(index, state.text)) }));
  const scripts = Object.groupBy(timed, ({ script }) => script);
  return {
    searches: searches.length,
    keys: timed.length,
    ...latency(timed.map(({ ms }) => ms)),
    ofOneWord: latency(timed.filter(({ text }) => !text.includes(' ')).map(({ ms }) => ms)),
    scripts: Object.fromEntries(
      Object.entries(scripts).map(([script, of]) => [script, latency(of.map(({ ms }) => ms))]),
    ),
  };
}

/** Whether the track that was meant is among the first ten. */
export function searchesMistyped(index: SearchIndex, searches: readonly MistypedSearch[], count: number) {
  const timed = searches.map(({ text, script, wanted }) => {
    const startedMs = performance.now();
    const { trackIds } = ask(index, text);
    const ms = performance.now() - startedMs;
    return { script, ms, isFound: trackIds.slice(0, FIRST).includes(generatedTrackId(wanted.index, count)) };
  });
  const shareOf = (of: readonly { readonly isFound: boolean }[]) =>
    Number((of.filter(({ isFound }) => isFound).length / of.length).toFixed(4));
  const scripts = Object.groupBy(timed, ({ script }) => script);
  return {
    searches: timed.length,
    foundShare: shareOf(timed),
    ...latency(timed.map(({ ms }) => ms)),
    foundShareByScript: Object.fromEntries(
      Object.entries(scripts).map(([script, of]) => [script, shareOf(of)]),
    ),
  };
}

/** As the search feed applies them. */
const CHANGES_AT_ONCE = 200;
const SEARCHES_A_SECOND = 100;
/** An import goes on at this pace beside listeners. */
const TRACKS_A_SECOND = 1_000;

/**
 * Searches come at fixed times, while new tracks are written by the same thread; what is measured is from when each
 * should have been asked until it is answered, so that none that waits is left out.
 */
export async function searchWhileImporting(
  index: SearchIndex,
  searches: readonly Search[],
  durationMs: number,
) {
  const states = searches.flatMap(typed);
  const news = newTracks();
  const waits: number[] = [];
  let written = 0;
  let longestWriteMs = 0;
  const startedMs = performance.now();
  for (let asked = 0; ; ) {
    const nowMs = performance.now() - startedMs;
    if (nowMs >= durationMs) break;
    const dueMs = (1000 * asked) / SEARCHES_A_SECOND;
    if (nowMs >= dueMs) {
      ask(index, states[asked % states.length] ?? '');
      waits.push(performance.now() - startedMs - dueMs);
      asked++;
    } else if (written < (TRACKS_A_SECOND * nowMs) / 1000) {
      const changes = Array.from({ length: CHANGES_AT_ONCE }, () => news.next().value as SearchChange);
      written += changes.length;
      const ms = msOf(() => index.apply(changes, { catalogId: 'proof', seq: 1 + written }));
      longestWriteMs = Math.max(longestWriteMs, ms);
    } else {
      await nextTurn();
    }
  }
  return {
    searches: waits.length,
    tracksWritten: written,
    ...latency(waits),
    longestWriteMs: Number(longestWriteMs.toFixed(1)),
  };
}

/** Of another seed, beside those that are there. */
function* newTracks(): Generator<SearchChange> {
  let seq = 2 ** 30;
  for (const change of generatedItems(1_000_000, 99)) {
    if (change.kind !== 'upsert' || change.record.kind !== 'track') continue;
    yield { ...change, record: { ...change.record, id: catalogId<TrackId>(seq++, 1) } };
  }
}

export function msOf(work: () => unknown): number {
  const startedMs = performance.now();
  work();
  return performance.now() - startedMs;
}

export function latency(timesMs: readonly number[]) {
  const of = (part: number) => Number(quantile(timesMs, part).toFixed(3));
  return { p50Ms: of(0.5), p95Ms: of(0.95), p99Ms: of(0.99), maxMs: of(1) };
}

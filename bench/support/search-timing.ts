import { setImmediate as nextTurn } from 'node:timers/promises';
import { generatedItems, generatedTrackId } from '../catalog/search-changes.ts';
import { type MistypedSearch, type Search, typed } from '../catalog/query-log.ts';
import type { Change, ChangeStream } from '../../src/catalog/index.ts';
import { followChanges } from '../../src/catalog/projection/index.ts';
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

const SEARCHES_A_SECOND = 100;
/** Each types five keys a second. */
const SEARCHERS = 20;
/** An import goes on at this pace beside listeners. */
const TRACKS_A_SECOND = 1_000;
const NEWS_EVERY_MS = 100;

/**
 * Searches come at fixed times, while the index follows a catalogue with new tracks in the same thread; what is measured is
 * from when each should have been asked until it is answered, so that none that waits is left out.
 */
export async function searchWhileImporting(
  index: SearchIndex,
  searches: readonly Search[],
  durationMs: number,
) {
  const states = byTurns(searches.map(typed), SEARCHERS);
  const waits: number[] = [];
  const writesMs: number[] = [];
  const apply = index.apply.bind(index);
  index.apply = (changes, position) => void writesMs.push(msOf(() => apply(changes, position)));
  const startedMs = performance.now();
  const news = new News(index.position()?.seq ?? 0, () =>
    Math.floor((TRACKS_A_SECOND * (performance.now() - startedMs)) / 1000),
  );
  const failures: unknown[] = [];
  {
    await using _ = followChanges({
      projection: index,
      stream: news,
      itemOf: ({ seq }) => news.trackAt(seq),
      tables: [],
      name: 'the search index',
      onFailure: (error) => failures.push(error),
    });
    for (let asked = 0; ; ) {
      const nowMs = performance.now() - startedMs;
      if (nowMs >= durationMs) break;
      const dueMs = (1000 * asked) / SEARCHES_A_SECOND;
      if (nowMs >= dueMs) {
        ask(index, states[asked % states.length] ?? '');
        waits.push(performance.now() - startedMs - dueMs);
        asked++;
      } else {
        await nextTurn();
      }
    }
  }
  index.apply = apply;
  if (failures.length > 0) throw new AggregateError(failures, 'the index did not follow');
  return { searches: waits.length, tracksWritten: news.taken, ...latency(waits), writes: latency(writesMs) };
}

/** What so many people type at the same time, each one search after the other. */
function byTurns(searches: readonly (readonly string[])[], people: number): string[] {
  const typing = Array.from({ length: people }, (_, at) =>
    searches.filter((_, i) => i % people === at).flat(),
  );
  const longest = Math.max(...typing.map(({ length }) => length));
  return Array.from({ length: longest }, (_, key) => typing.flatMap((keys) => keys[key] ?? [])).flat();
}

/** A catalogue in which nothing happens but that tracks are imported: of another seed, beside those that are there. */
class News implements ChangeStream {
  readonly #firstSeq: number;
  readonly #countNow: () => number;
  readonly #tracks: SearchChange[] = [];
  readonly #more: Generator<SearchChange>;

  constructor(firstSeq: number, countNow: () => number) {
    this.#firstSeq = firstSeq;
    this.#countNow = countNow;
    this.#more = newTracks(firstSeq);
  }

  get taken(): number {
    return this.#tracks.length;
  }

  trackAt(seq: number): SearchChange | undefined {
    return this.#tracks[seq - this.#firstSeq - 1];
  }

  async catalogId(): Promise<string> {
    return 'proof';
  }

  async lastSeq(): Promise<number> {
    return this.#firstSeq + this.#countNow();
  }

  async trimmedUpTo(): Promise<number> {
    return 0;
  }

  async changesAfter(after: number, limit: number): Promise<readonly Change[]> {
    const count = Math.min(limit, (await this.lastSeq()) - after);
    return Array.from({ length: count }, (_, at) => {
      const seq = after + 1 + at;
      while (this.trackAt(seq) === undefined) this.#tracks.push(this.#more.next().value as SearchChange);
      return { seq, table: 'track', key: [seq], rowVersion: 1 };
    });
  }

  onCommit(listener: (tables: ReadonlySet<string>) => void): () => void {
    const timer = setInterval(() => listener(new Set(['track'])), NEWS_EVERY_MS);
    return () => clearInterval(timer);
  }

  snapshot(): never {
    throw new Error('an index that follows well asks for no snapshot');
  }

  async trim(): Promise<void> {}
  async apply(): Promise<void> {}
}

function* newTracks(firstSeq: number): Generator<SearchChange> {
  let seq = 2 ** 30 + firstSeq;
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

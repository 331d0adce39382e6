import { setImmediate as nextTurn } from 'node:timers/promises';
import { ClefError } from '../../core/index.ts';
import type { ChangeStream } from '../port.ts';
import { searchChangeOf, searchedTables } from './changes.ts';
import type { SearchChange, SearchIndex, SearchPosition } from './port.ts';

/** Read and applied in one go; whatever else waits has its turn after each. */
const BATCH_CHANGES = 200;
/** From so far behind, building the index anew in its own thread is quicker, and leaves this one to those who listen. */
const FAR_BEHIND_CHANGES = 50_000;
/** An import commits many times a second: changes are gathered for so long. */
const GATHER_MS = 100;
/** Without news for so long, the index is tidied. */
const TIDY_AFTER_MS = 2000;
/** Between two pieces of tidying, so that it takes a small share of the processor. */
const TIDY_PAUSE_MS = 20;
const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 60_000;

export interface SearchFeedOptions {
  readonly index: SearchIndex;
  readonly stream: ChangeStream;
  /** Called as a rebuild goes on, with the number of items read so far. */
  readonly onRebuildProgress?: (itemCount: number) => void;
  /** Told of each failure; the feed tries again after a pause that grows. */
  readonly onFailure: (error: unknown) => void;
  /** Default 2 s. */
  readonly tidyAfterMs?: number;
  /** Further behind than so many, the index is built anew. Default 50,000. */
  readonly farBehindChanges?: number;
}

/** Keeps a search index in step with a catalogue until it is disposed of, before either of them is. */
export interface SearchFeed extends AsyncDisposable {
  /** Resolves once everything committed before the call can be found; rejects with what prevents it. */
  caughtUp(): Promise<void>;
}

/**
 * Follows the catalogue's changes from where the index stands. Rebuilds the index where there is nothing to
 * go on from: it is new or damaged, it followed another catalogue or a newer state of this one, or the
 * changes in between are forgotten. Also where they are so many that following them would take longer.
 */
export function startSearchFeed(options: SearchFeedOptions): SearchFeed {
  return new Feed(options);
}

type Waiter = Pick<PromiseWithResolvers<void>, 'resolve' | 'reject'>;

class Feed implements SearchFeed {
  readonly #options: SearchFeedOptions;
  readonly #closing = new AbortController();
  readonly #unsubscribe: readonly (() => void)[];
  readonly #running: Promise<void>;
  #hasNews = true;
  #waiters: Waiter[] = [];
  #wakesOnNews = false;
  #wake: () => void = () => {};

  constructor(options: SearchFeedOptions) {
    this.#options = options;
    const onNews = () => {
      this.#hasNews = true;
      if (this.#wakesOnNews) this.#wake();
    };
    this.#unsubscribe = [options.stream.onCommit(onNews), options.index.onDamage(onNews)];
    this.#running = this.#run();
  }

  caughtUp(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (this.#closing.signal.aborted) reject(closed());
    else this.#waiters.push({ resolve, reject });
    this.#wake();
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#closing.abort(closed());
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    let pauseMs = GATHER_MS;
    while (!this.#closing.signal.aborted) {
      if (!this.#hasNews) await this.#rest();
      await this.#pause(pauseMs);
      this.#hasNews = false;
      const waiters = this.#waiters;
      this.#waiters = [];
      try {
        await this.#follow();
        for (const { resolve } of waiters) resolve();
        pauseMs = GATHER_MS;
      } catch (error) {
        for (const { reject } of waiters) reject(error);
        if (this.#closing.signal.aborted) break;
        this.#options.onFailure(error);
        this.#hasNews = true;
        pauseMs = Math.min(Math.max(FIRST_RETRY_MS, 2 * pauseMs), MAX_RETRY_MS);
      }
    }
    for (const { reject } of this.#waiters) reject(closed());
  }

  /** Until there is news, or someone waits. Once it has been quiet for a while the index is tidied. */
  async #rest(): Promise<void> {
    const { index, onFailure, tidyAfterMs = TIDY_AFTER_MS } = this.#options;
    await this.#pauseUntilNews(tidyAfterMs);
    try {
      while (this.#isQuiet && index.tidy()) await this.#pauseUntilNews(TIDY_PAUSE_MS);
    } catch (error) {
      onFailure(error);
    }
    await this.#pauseUntilNews();
  }

  get #isQuiet(): boolean {
    return !this.#hasNews && this.#waiters.length === 0 && !this.#closing.signal.aborted;
  }

  async #pauseUntilNews(durationMs?: number): Promise<void> {
    if (this.#hasNews) return;
    this.#wakesOnNews = true;
    await this.#pause(durationMs);
    this.#wakesOnNews = false;
  }

  /** For so long, or without an end; ends early for whoever waits, and for closing. */
  async #pause(durationMs?: number): Promise<void> {
    if (this.#waiters.length > 0 || this.#closing.signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = durationMs === undefined ? undefined : setTimeout(resolve, durationMs);
    await promise;
    clearTimeout(timer);
  }

  async #follow(): Promise<void> {
    const { index, stream, onFailure } = this.#options;
    // Once only: where changes come faster than an index is built, it would be built for ever.
    if (await this.#isFarBehind()) await this.#rebuild(await stream.catalogId());
    for (;;) {
      this.#closing.signal.throwIfAborted();
      const catalogId = await stream.catalogId();
      const position = index.position();
      if (!position || !(await this.#leadsOn(position, catalogId))) {
        await this.#rebuild(catalogId);
        continue;
      }
      const changes = await stream.changesAfter(position.seq, BATCH_CHANGES);
      const last = changes.at(-1);
      if (!last) return;
      try {
        index.apply(
          changes.flatMap((change) => searchChangeOf(change) ?? []),
          { catalogId, seq: last.seq },
        );
      } catch (error) {
        if (!index.damaged) throw error;
        onFailure(error);
      }
      await nextTurn();
    }
  }

  async #isFarBehind(): Promise<boolean> {
    const { index, stream, farBehindChanges = FAR_BEHIND_CHANGES } = this.#options;
    const position = index.position();
    return position !== undefined && position.seq < (await stream.lastSeq()) - farBehindChanges;
  }

  async #leadsOn(position: SearchPosition, catalogId: string): Promise<boolean> {
    const { stream } = this.#options;
    return (
      position.catalogId === catalogId &&
      position.seq <= (await stream.lastSeq()) &&
      position.seq >= (await stream.trimmedUpTo())
    );
  }

  async #rebuild(catalogId: string): Promise<void> {
    const { index, stream, onRebuildProgress } = this.#options;
    // What is committed from here on may be in the snapshot already, and is followed once more.
    const seq = await stream.lastSeq();
    await index.rebuild(this.#everything(), {
      position: { catalogId, seq },
      signal: this.#closing.signal,
      ...(onRebuildProgress && { onProgress: onRebuildProgress }),
    });
  }

  /** Plays first, so that each item comes to its place at once. */
  async *#everything(): AsyncGenerator<SearchChange> {
    let count = 0;
    for (const tables of [searchedTables.plays, searchedTables.items]) {
      for await (const change of this.#options.stream.snapshot(tables)) {
        if (++count % BATCH_CHANGES === 0) await nextTurn();
        const searchChange = searchChangeOf(change);
        if (searchChange) yield searchChange;
      }
    }
  }
}

function closed(): ClefError {
  return new ClefError('not-ready', 'the search index is no longer followed');
}

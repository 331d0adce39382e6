import { setImmediate as nextTurn } from 'node:timers/promises';
import { ClefError } from '../../core/index.ts';
import type { Change, ChangeStream } from '../port.ts';
import type { CatalogPosition, Projection } from './port.ts';

/** Read in one go. */
const BATCH_CHANGES = 200;
/** Applied in one go: five milliseconds, to ten million tracks. Whatever else waits has its turn after each. */
const APPLIED_CHANGES = 50;
/** From so far behind, building anew is quicker. */
const FAR_BEHIND_CHANGES = 50_000;
/** An import commits many times a second: changes are gathered for so long. */
const GATHER_MS = 100;
/** Without news for so long, the projection is tidied. */
const TIDY_AFTER_MS = 2000;
/** Between two pieces of tidying, so that it takes a small share of the processor. */
const TIDY_PAUSE_MS = 20;
const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 60_000;

export interface FollowOptions<Item> {
  readonly projection: Projection<Item>;
  readonly stream: ChangeStream;
  /** What a change says to the projection; undefined for one that it has no part in. */
  readonly itemOf: (change: Change) => Item | undefined;
  /** What it is made of, in the order in which a rebuild reads it: one snapshot after the other. */
  readonly tables: readonly (readonly string[])[];
  /** For people: "the search index". */
  readonly name: string;
  /** Called as a rebuild goes on, with the number of items read so far. */
  readonly onRebuildProgress?: (itemCount: number) => void;
  /** Told of each failure; the feed tries again after a pause that grows. */
  readonly onFailure: (error: unknown) => void;
  /** Default 2 s. */
  readonly tidyAfterMs?: number;
  /** Further behind than so many, the projection is built anew. Default 50,000. */
  readonly farBehindChanges?: number;
}

/** Keeps a projection in step with a catalogue until it is disposed of, before either of them is. */
export interface ProjectionFeed extends AsyncDisposable {
  /** Resolves once everything committed before the call is in the projection; rejects with what prevents it. */
  caughtUp(): Promise<void>;
  /** As `caughtUp`, and leaves the feed its time to gather changes. */
  nextCaughtUp(): Promise<void>;
  /** For how long there has been something that is not in the projection yet; 0 where there is nothing. */
  lagMs(): number;
}

/**
 * Follows the catalogue's changes from where the projection stands. Rebuilds it where there is nothing to
 * go on from: it is new or damaged, it followed another catalogue or a newer state of this one, or the
 * changes in between are forgotten. Also where they are so many that following them would take longer.
 */
export function followChanges<Item>(options: FollowOptions<Item>): ProjectionFeed {
  return new Feed(options);
}

interface Waiter extends Pick<PromiseWithResolvers<void>, 'resolve' | 'reject'> {
  readonly isUrgent: boolean;
}

class Feed<Item> implements ProjectionFeed {
  readonly #options: FollowOptions<Item>;
  readonly #closing = new AbortController();
  readonly #unsubscribe: readonly (() => void)[];
  readonly #running: Promise<void>;
  #hasNews = true;
  /** Of the first that is not looked at, and of what is being looked at. */
  #newsAtMs: number | undefined = performance.now();
  #followedNewsAtMs: number | undefined;
  #waiters: Waiter[] = [];
  #wakesOnNews = false;
  #wake: () => void = () => {};

  constructor(options: FollowOptions<Item>) {
    this.#options = options;
    const onNews = () => {
      this.#takeNews();
      if (this.#wakesOnNews) this.#wake();
    };
    this.#unsubscribe = [options.stream.onCommit(onNews), options.projection.onDamage(onNews)];
    this.#running = this.#run();
  }

  caughtUp(): Promise<void> {
    const caughtUp = this.#wait(true);
    this.#wake();
    return caughtUp;
  }

  nextCaughtUp(): Promise<void> {
    const caughtUp = this.#wait(false);
    this.#takeNews();
    if (this.#wakesOnNews) this.#wake();
    return caughtUp;
  }

  lagMs(): number {
    const sinceMs = this.#followedNewsAtMs ?? this.#newsAtMs;
    return sinceMs === undefined ? 0 : performance.now() - sinceMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#closing.abort(this.#closed());
    this.#wake();
    await this.#running;
  }

  #takeNews(): void {
    this.#hasNews = true;
    this.#newsAtMs ??= performance.now();
  }

  #wait(isUrgent: boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (this.#closing.signal.aborted) reject(this.#closed());
    else this.#waiters.push({ resolve, reject, isUrgent });
    return promise;
  }

  async #run(): Promise<void> {
    let pauseMs = GATHER_MS;
    while (!this.#closing.signal.aborted) {
      if (!this.#hasNews) await this.#rest();
      await this.#pause(pauseMs);
      this.#hasNews = false;
      this.#followedNewsAtMs ??= this.#newsAtMs;
      this.#newsAtMs = undefined;
      const waiters = this.#waiters;
      this.#waiters = [];
      try {
        await this.#follow();
        this.#followedNewsAtMs = undefined;
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
    for (const { reject } of this.#waiters) reject(this.#closed());
  }

  /** Until there is news, or someone waits. Once it has been quiet for a while the projection is tidied. */
  async #rest(): Promise<void> {
    const { projection, onFailure, tidyAfterMs = TIDY_AFTER_MS } = this.#options;
    await this.#pauseUntilNews(tidyAfterMs);
    try {
      while (this.#isQuiet && projection.tidy()) {
        await projection.settle();
        await this.#pauseUntilNews(TIDY_PAUSE_MS);
      }
    } catch (error) {
      onFailure(error);
    }
    await this.#pauseUntilNews();
  }

  get #isQuiet(): boolean {
    return !this.#hasNews && !this.#isUrgent && !this.#closing.signal.aborted;
  }

  get #isUrgent(): boolean {
    return this.#waiters.some(({ isUrgent }) => isUrgent);
  }

  async #pauseUntilNews(durationMs?: number): Promise<void> {
    if (this.#hasNews) return;
    this.#wakesOnNews = true;
    await this.#pause(durationMs);
    this.#wakesOnNews = false;
  }

  /** For so long, or without an end; ends early for whoever waits, and for closing. */
  async #pause(durationMs?: number): Promise<void> {
    if (this.#isUrgent || this.#closing.signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = durationMs === undefined ? undefined : setTimeout(resolve, durationMs);
    await promise;
    clearTimeout(timer);
  }

  /** Up to where the stream is now: what comes later is news, so that this ends also while others write without a pause. */
  async #follow(): Promise<void> {
    const { projection, stream } = this.#options;
    const upTo = await stream.lastSeq();
    // Once only: where changes come faster than a projection is built, it would be built for ever.
    if (await this.#isFarBehind()) await this.#rebuild(await stream.catalogId());
    for (;;) {
      this.#closing.signal.throwIfAborted();
      const catalogId = await stream.catalogId();
      const position = projection.position();
      if (!position || !(await this.#leadsOn(position, catalogId))) {
        await this.#rebuild(catalogId);
        continue;
      }
      if (position.seq >= upTo) return;
      const changes = await stream.changesAfter(position.seq, BATCH_CHANGES);
      if (changes.length === 0) return;
      for (let at = 0; at < changes.length; at += APPLIED_CHANGES) {
        await this.#apply(changes.slice(at, at + APPLIED_CHANGES), catalogId);
        if (projection.damaged) break;
      }
    }
  }

  async #apply(changes: readonly Change[], catalogId: string): Promise<void> {
    const { projection, itemOf, onFailure } = this.#options;
    const seq = changes.at(-1)?.seq ?? 0;
    try {
      projection.apply(
        changes.flatMap((change) => itemOf(change) ?? []),
        { catalogId, seq },
      );
      await projection.settle();
    } catch (error) {
      if (!projection.damaged) throw error;
      onFailure(error);
    }
    await nextTurn();
  }

  async #isFarBehind(): Promise<boolean> {
    const { projection, stream, farBehindChanges = FAR_BEHIND_CHANGES } = this.#options;
    const position = projection.position();
    return position !== undefined && position.seq < (await stream.lastSeq()) - farBehindChanges;
  }

  async #leadsOn(position: CatalogPosition, catalogId: string): Promise<boolean> {
    const { stream } = this.#options;
    return (
      position.catalogId === catalogId &&
      position.seq <= (await stream.lastSeq()) &&
      position.seq >= (await stream.trimmedUpTo())
    );
  }

  async #rebuild(catalogId: string): Promise<void> {
    const { projection, stream, onRebuildProgress } = this.#options;
    // What is committed from here on may be in the snapshot already, and is followed once more.
    const seq = await stream.lastSeq();
    await projection.rebuild(this.#everything(), {
      position: { catalogId, seq },
      signal: this.#closing.signal,
      ...(onRebuildProgress && { onProgress: onRebuildProgress }),
    });
  }

  async *#everything(): AsyncGenerator<Item> {
    const { stream, tables, itemOf } = this.#options;
    let count = 0;
    for (const some of tables) {
      for await (const change of stream.snapshot(some)) {
        if (++count % BATCH_CHANGES === 0) await nextTurn();
        const item = itemOf(change);
        if (item !== undefined) yield item;
      }
    }
  }

  #closed(): ClefError {
    return new ClefError('not-ready', `${this.#options.name} is no longer followed`);
  }
}

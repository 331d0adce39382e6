import { setTimeout as wait } from 'node:timers/promises';
import { ClefError } from '../../../core/index.ts';
import type { Executor } from '../prepared.ts';
import { hasReached } from './gtid.ts';

/** What other servers wrote is missed for no longer, whether this one has heard of it or not. */
const CURRENT_FOR_MS = 2_000;
/** They are looked at again before that, so that readers need not go elsewhere meanwhile. */
const RENEWED_AFTER_MS = 1_000;
/** A replica that is further behind is not waited for. */
const CATCH_UP_MS = 1_000;
const POLL_MS = 20;
/** Whoever writes all the time is not told in between: to look costs Spider nodes as much as to read. */
const PAUSE_MS = 100;
/** Before those that were away or behind are looked at again. */
const REST_MS = 2_000;

/** Asks over one connection, or over any. */
export type Ask = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** Positions in binary logs, one a replica and in the same order in both. */
export interface Positions {
  /** Of what was written by now where it is written. */
  readonly written: (ask: Ask) => Promise<readonly string[]>;
  /** Of what was repeated. What a replica wrote by itself would count as well in any other of its positions. */
  readonly applied: (ask: Ask) => Promise<readonly string[]>;
}

/** `catalog-offline` where replicas do not have in time what had been written at the call. */
export async function untilApplied(positions: Positions, ask: Ask): Promise<void> {
  const until = performance.now() + CATCH_UP_MS;
  const wanted = await positions.written(ask);
  for (;;) {
    const applied = await positions.applied(ask);
    if (wanted.every((position, at) => hasReached(applied[at] ?? '', position))) return;
    if (performance.now() > until)
      throw new ClefError('catalog-offline', 'replicas of the catalogue’s database are behind');
    await wait(POLL_MS);
  }
}

/** Whether replicas have all that this server has written or heard of. */
export class Replicas {
  readonly #look: () => Promise<void>;
  #changes = 0;
  #seen = { changes: -1, atMs: Number.NEGATIVE_INFINITY };
  #looking: Promise<void> | undefined;
  #restUntilMs = 0;
  #failures = 0;

  /** `look` resolves when they have all that had been written at its call. */
  constructor(look: () => Promise<void>) {
    this.#look = look;
  }

  /** Something was written or heard of: whoever asks from now on has to see it. */
  change(): void {
    this.#changes++;
  }

  get areCurrent(): boolean {
    const { changes, atMs } = this.#seen;
    const ageMs = performance.now() - atMs;
    const areCurrent = changes === this.#changes && ageMs < CURRENT_FOR_MS;
    const isDue = !areCurrent || ageMs > RENEWED_AFTER_MS;
    if (isDue && performance.now() >= this.#restUntilMs) this.#looking ??= this.#lookAgain();
    return areCurrent;
  }

  fail(): void {
    this.#failures++;
    this.#seen = { changes: -1, atMs: Number.NEGATIVE_INFINITY };
    this.#restUntilMs = performance.now() + REST_MS;
  }

  /** Before its connections are closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#looking;
  }

  async #lookAgain(): Promise<void> {
    const seen = { changes: this.#changes, atMs: performance.now() };
    const failures = this.#failures;
    this.#restUntilMs = seen.atMs + PAUSE_MS;
    try {
      await this.#look();
      // What failed meanwhile is looked at anew.
      if (failures === this.#failures) this.#seen = seen;
    } catch {
      this.fail();
    } finally {
      this.#looking = undefined;
    }
  }
}

/** Reads from replicas while they are current, and otherwise, or where they fail, from where rows are written. */
export function preferring(
  replicas: { readonly state: Replicas; readonly from: Executor },
  primary: Executor,
): Executor {
  const read = async <Result>(of: (from: Executor) => Promise<Result>): Promise<Result> => {
    if (!replicas.state.areCurrent) return of(primary);
    try {
      return await of(replicas.from);
    } catch {
      replicas.state.fail();
      return of(primary);
    }
  };
  return {
    all: (query, params) => read((from) => from.all(query, params)),
    first: (query, params) => read((from) => from.first(query, params)),
    list: (query, items, params) => read((from) => from.list(query, items, params)),
    run: (query, params) => primary.run(query, params),
    runAll: (query, rows) => primary.runAll(query, rows),
  };
}

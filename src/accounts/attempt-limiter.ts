import { LRUCache } from 'lru-cache';
import { ClefError } from '../core/index.ts';
import { type Allowance, AttemptBucket } from './attempt-bucket.ts';
import { networkOf } from './network.ts';

/** One person's typing mistakes, one household's, and all that the world may try. */
const PER_PAIR: Allowance = { burst: 10, refillMs: 6_000 };
const PER_NETWORK: Allowance = { burst: 100, refillMs: 1_000 };
const OVERALL: Allowance = { burst: 1_000, refillMs: 20 };
/** Pairs and networks remembered; beyond, the longest unseen is forgotten. */
const MAX_REMEMBERED = 10_000;

export interface AttemptLimiterOptions {
  readonly now: () => number;
  /**
   * `random` secrets have 128 bits and more, so guesses cannot hit: a client that signed in before from
   * the same network is let through whatever others there do. `chosen` ones can be guessed: nobody is exempt.
   */
  readonly secrets: 'random' | 'chosen';
}

/** Counts as wrong where nothing else was said before it is disposed of. */
export interface Attempt extends Disposable {
  /** The attempt was right: it does not count. */
  succeeded(): void;
  /** Nobody could say whether it was right: it does not count, and nobody is known by it. */
  undecided(): void;
}

/**
 * Bounds wrong sign-ins per (network, name), per network, and altogether. An attempt counts from its beginning, so that
 * many at once are no way around it, and is taken back when it proves right: where only attempts that are not judged yet stand
 * in the way, others wait for the verdicts. Nobody is locked out: an attempt comes free after six seconds at the most,
 * and a stranger elsewhere uses up none of a person's own. Off-the-shelf limiters count requests, know no
 * taking back, or bring a store of their own.
 */
export class AttemptLimiter {
  readonly #options: AttemptLimiterOptions;
  readonly #pairs = new LRUCache<string, AttemptBucket>({ max: MAX_REMEMBERED });
  readonly #networks = new LRUCache<string, AttemptBucket>({ max: MAX_REMEMBERED });
  readonly #known = new LRUCache<string, true>({ max: MAX_REMEMBERED });
  readonly #overall: AttemptBucket;

  constructor(options: AttemptLimiterOptions) {
    this.#options = options;
    this.#overall = new AttemptBucket(OVERALL, options.now());
  }

  /** `too-many-attempts` where wrong attempts, or too many that wait, stand in the way. `name` is folded by the caller. */
  async begin(address: string, name: string, signal?: AbortSignal): Promise<Attempt> {
    const network = networkOf(address);
    const pair = `${network} ${name}`;
    for (;;) {
      signal?.throwIfAborted();
      const nowMs = this.#options.now();
      const buckets = this.#bucketsFor(pair, network, nowMs);
      const refusedForMs = Math.max(0, ...buckets.map((bucket) => bucket.refusedForMs(nowMs)));
      if (refusedForMs > 0) {
        const seconds = Math.ceil(refusedForMs / 1000);
        throw new ClefError('too-many-attempts', `too many failed sign-ins; try again in ${seconds} s`);
      }
      const busy = buckets.find((bucket) => !bucket.isFree(nowMs));
      if (!busy) return this.#take(buckets, pair);
      await busy.settled(signal);
    }
  }

  #take(buckets: readonly AttemptBucket[], pair: string): Attempt {
    for (const bucket of buckets) bucket.take();
    let isSettled = false;
    const settle = (outcome: 'counts' | 'does-not-count') => {
      if (isSettled) return;
      isSettled = true;
      for (const bucket of buckets) bucket.settle(outcome);
    };
    return {
      undecided: () => settle('does-not-count'),
      succeeded: () => {
        this.#known.set(pair, true);
        settle('does-not-count');
      },
      [Symbol.dispose]: () => settle('counts'),
    };
  }

  #bucketsFor(pair: string, network: string, nowMs: number): readonly AttemptBucket[] {
    const isKnown = this.#known.get(pair) === true;
    if (isKnown && this.#options.secrets === 'random') return [];
    const own = remember(this.#pairs, pair, PER_PAIR, nowMs);
    return isKnown ? [own] : [own, remember(this.#networks, network, PER_NETWORK, nowMs), this.#overall];
  }
}

function remember(
  cache: LRUCache<string, AttemptBucket>,
  key: string,
  allowance: Allowance,
  nowMs: number,
): AttemptBucket {
  const bucket = cache.get(key) ?? new AttemptBucket(allowance, nowMs);
  cache.set(key, bucket);
  return bucket;
}

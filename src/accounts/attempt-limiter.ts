import { LRUCache } from 'lru-cache';
import { ClefError } from '../core/index.ts';
import { networkOf } from './network.ts';

interface Allowance {
  /** Failures in a row before anyone waits. */
  readonly burst: number;
  /** After which one more is forgiven. */
  readonly refillMs: number;
}

/** One person's typing mistakes, one household's, and all that the world may try. */
const PER_PAIR: Allowance = { burst: 10, refillMs: 6_000 };
const PER_NETWORK: Allowance = { burst: 100, refillMs: 1_000 };
const OVERALL: Allowance = { burst: 1_000, refillMs: 20 };
/** Pairs and networks remembered; beyond, the longest unseen is forgotten. */
const MAX_REMEMBERED = 10_000;

/** Refills on its own; holds how many attempts are left. */
class Bucket {
  readonly #allowance: Allowance;
  #left: number;
  #countedAtMs: number;

  constructor(allowance: Allowance, nowMs: number) {
    this.#allowance = allowance;
    this.#left = allowance.burst;
    this.#countedAtMs = nowMs;
  }

  /** How long until one attempt is free; 0 for now. */
  waitMs(nowMs: number): number {
    const { burst, refillMs } = this.#allowance;
    // A clock that was set back refills nothing, and nothing is lost by it.
    const elapsedMs = Math.max(0, nowMs - this.#countedAtMs);
    this.#left = Math.min(burst, this.#left + elapsedMs / refillMs);
    this.#countedAtMs = nowMs;
    return this.#left >= 1 ? 0 : Math.ceil((1 - this.#left) * refillMs);
  }

  take(): void {
    this.#left = Math.max(0, this.#left - 1);
  }

  giveBack(): void {
    this.#left = Math.min(this.#allowance.burst, this.#left + 1);
  }
}

export interface AttemptLimiterOptions {
  readonly now: () => number;
  /**
   * `random` secrets have 128 bits and more, so guesses cannot hit: a client that signed in before from
   * the same network is let through whatever others there do. `chosen` ones can be guessed: nobody is exempt.
   */
  readonly secrets: 'random' | 'chosen';
}

export interface Attempt {
  /** The attempt was right: it does not count. */
  succeeded(): void;
  /** Nobody could say whether it was right: it does not count, and nobody is known by it. */
  undecided(): void;
}

/**
 * Bounds wrong sign-ins per (network, name), per network, and altogether. An attempt counts from its beginning, so that
 * many at once count as many, and is taken back when it proves right. Nobody is locked out: an attempt comes
 * free after six seconds at the most, and a stranger elsewhere uses up none of a person's own. Off-the-shelf
 * limiters count requests, know no taking back, or bring a store of their own.
 */
export class AttemptLimiter {
  readonly #options: AttemptLimiterOptions;
  readonly #pairs = new LRUCache<string, Bucket>({ max: MAX_REMEMBERED });
  readonly #networks = new LRUCache<string, Bucket>({ max: MAX_REMEMBERED });
  readonly #known = new LRUCache<string, true>({ max: MAX_REMEMBERED });
  readonly #overall: Bucket;

  constructor(options: AttemptLimiterOptions) {
    this.#options = options;
    this.#overall = new Bucket(OVERALL, options.now());
  }

  /** `too-many-attempts` where the attempt must wait. `name` is folded by the caller. */
  begin(address: string, name: string): Attempt {
    const nowMs = this.#options.now();
    const network = networkOf(address);
    const pair = `${network} ${name}`;
    const isKnown = this.#known.get(pair) === true;
    const buckets = this.#bucketsFor(pair, network, isKnown, nowMs);
    const waitMs = Math.max(0, ...buckets.map((bucket) => bucket.waitMs(nowMs)));
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000);
      throw new ClefError('too-many-attempts', `too many failed sign-ins; try again in ${seconds} s`);
    }
    for (const bucket of buckets) bucket.take();
    const undecided = () => {
      for (const bucket of buckets) bucket.giveBack();
    };
    return {
      undecided,
      succeeded: () => {
        undecided();
        this.#known.set(pair, true);
      },
    };
  }

  #bucketsFor(pair: string, network: string, isKnown: boolean, nowMs: number): readonly Bucket[] {
    if (isKnown && this.#options.secrets === 'random') return [];
    const own = remember(this.#pairs, pair, PER_PAIR, nowMs);
    return isKnown ? [own] : [own, remember(this.#networks, network, PER_NETWORK, nowMs), this.#overall];
  }
}

function remember(cache: LRUCache<string, Bucket>, key: string, allowance: Allowance, nowMs: number): Bucket {
  const bucket = cache.get(key) ?? new Bucket(allowance, nowMs);
  cache.set(key, bucket);
  return bucket;
}

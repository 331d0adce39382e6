import { ClefError } from '../core/index.ts';

export interface Allowance {
  /** Failures in a row before anyone is refused. */
  readonly burst: number;
  /** After which one more is forgiven. */
  readonly refillMs: number;
}

/** Attempts that wait for those ahead of them to be judged. */
const MAX_WAITING = 1_000;

/** How many attempts are left, which refills on its own, and how many that were taken are not judged yet. */
export class AttemptBucket {
  readonly #allowance: Allowance;
  readonly #waiting = new Set<() => void>();
  #left: number;
  #inFlight = 0;
  #countedAtMs: number;

  constructor(allowance: Allowance, nowMs: number) {
    this.#allowance = allowance;
    this.#left = allowance.burst;
    this.#countedAtMs = nowMs;
  }

  /** 0 where an attempt is free, or may come free by the verdict on another; otherwise how long until one is. */
  refusedForMs(nowMs: number): number {
    if (this.isFree(nowMs) || this.#inFlight > 0) return 0;
    return Math.ceil((1 - this.#left) * this.#allowance.refillMs);
  }

  isFree(nowMs: number): boolean {
    this.#refill(nowMs);
    return this.#left >= 1;
  }

  take(): void {
    this.#left = Math.max(0, this.#left - 1);
    this.#inFlight++;
  }

  /** What was taken was judged. */
  settle(outcome: 'counts' | 'does-not-count'): void {
    this.#inFlight--;
    if (outcome === 'does-not-count') this.#left = Math.min(this.#allowance.burst, this.#left + 1);
    // Once nobody is left to wait for, all of them go on, or are refused.
    let wakeable = this.#inFlight === 0 ? this.#waiting.size : Math.floor(this.#left);
    for (const wake of this.#waiting) {
      if (wakeable-- <= 0) break;
      this.#waiting.delete(wake);
      wake();
    }
  }

  /** Resolves when it is worth looking again. `too-many-attempts` where too many wait already. */
  async settled(signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting.size >= MAX_WAITING) {
      const message = `${MAX_WAITING} sign-ins are waiting already; try again in a moment`;
      throw new ClefError('too-many-attempts', message);
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    const giveUp = () => resolve();
    signal?.addEventListener('abort', giveUp, { once: true });
    await promise;
    signal?.removeEventListener('abort', giveUp);
    this.#waiting.delete(resolve);
  }

  #refill(nowMs: number): void {
    const { burst, refillMs } = this.#allowance;
    // A clock that was set back refills nothing, and nothing is lost by it.
    const elapsedMs = Math.max(0, nowMs - this.#countedAtMs);
    this.#left = Math.min(burst, this.#left + elapsedMs / refillMs);
    this.#countedAtMs = nowMs;
  }
}

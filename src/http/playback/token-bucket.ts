export interface TokenBucketOptions {
  readonly perSecond: number;
  readonly burst: number;
  /** A clock that no one sets. */
  readonly nowMs: () => number;
}

/** So much at once, and so much in the long run. */
export class TokenBucket {
  readonly #options: TokenBucketOptions;
  #tokens: number;
  #atMs: number;

  constructor(options: TokenBucketOptions) {
    this.#options = options;
    this.#tokens = options.burst;
    this.#atMs = options.nowMs();
  }

  /** False where it is too much; nothing is taken then. */
  take(count: number): boolean {
    const { perSecond, burst, nowMs } = this.#options;
    const atMs = nowMs();
    this.#tokens = Math.min(burst, this.#tokens + ((atMs - this.#atMs) / 1_000) * perSecond);
    this.#atMs = atMs;
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }
}

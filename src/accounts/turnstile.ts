import { ClefError } from '../core/index.ts';

export interface TurnstileOptions {
  /** How many may be inside at once. */
  readonly places: number;
  /** How many may wait; one more is turned away with `too-many-attempts`. */
  readonly waiting: number;
}

/** Lets a few callers work at once and a bounded number wait in order: what keeps sign-ins from filling the memory. */
export class Turnstile {
  readonly #waitingLimit: number;
  #free: number;
  readonly #queue = new Set<() => void>();

  constructor({ places, waiting }: TurnstileOptions) {
    this.#free = places;
    this.#waitingLimit = waiting;
  }

  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#enter(signal);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  #enter(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve();
    }
    if (this.#queue.size >= this.#waitingLimit) {
      const message = `${this.#waitingLimit} sign-ins are waiting already; try again in a moment`;
      return Promise.reject(new ClefError('too-many-attempts', message));
    }
    return new Promise((resolve, reject) => {
      const admit = () => {
        signal?.removeEventListener('abort', give);
        resolve();
      };
      const give = () => {
        this.#queue.delete(admit);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', give, { once: true });
      this.#queue.add(admit);
    });
  }

  /** Hands the place straight to the one who waited longest. */
  #leave(): void {
    const [next] = this.#queue;
    if (next === undefined) {
      this.#free++;
      return;
    }
    this.#queue.delete(next);
    next();
  }
}

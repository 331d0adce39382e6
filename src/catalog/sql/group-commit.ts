import { setImmediate } from 'node:timers/promises';
import { type ErrorCode, isClefError } from '../../core/index.ts';

/** What waits at once, in batches; callers beyond them wait for room. */
const BATCHES_WAITING = 2;

/** Of the database, not of an item: what is asked for after it fails as well, and may take as long to. */
const FAIL_ALL: readonly ErrorCode[] = ['catalog-offline', 'catalog-in-doubt', 'data-full'];

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * What arrives while a transaction runs shares the next one. Each resolves once that is durable. Where a batch fails its
 * items are written one by one, so that only the one at fault fails; all of them where it was none.
 */
export class GroupCommit<Item, Result> {
  readonly #write: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #maxBatch: number;
  readonly #waiting: Waiting<Item, Result>[] = [];
  #isRunning = false;
  #batch: Promise<void> | undefined;

  /** `write` answers with the result of each item; `maxBatch` of them share a transaction at most. */
  constructor(write: (items: readonly Item[]) => Promise<readonly Result[]>, maxBatch: number) {
    this.#write = write;
    this.#maxBatch = maxBatch;
  }

  async add(item: Item): Promise<Result> {
    while (this.#waiting.length >= BATCHES_WAITING * this.#maxBatch) await (this.#batch ?? setImmediate());
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#waiting.push({ item, resolve, reject });
    if (!this.#isRunning) void this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      // Lets whatever else is ready run, and add its items to the batch.
      await setImmediate();
      this.#batch = this.#writeAll(this.#waiting.splice(0, this.#maxBatch));
      await this.#batch;
      this.#batch = undefined;
    }
    // In the same turn as the look at what waits: whoever comes later must find nobody running.
    this.#isRunning = false;
  }

  async #writeAll(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    if (await this.#writeBatch(batch)) return;
    for (const one of batch) await this.#writeBatch([one]);
  }

  /** False where a batch of several failed by one of them, and nobody was told yet. */
  async #writeBatch(batch: readonly Waiting<Item, Result>[]): Promise<boolean> {
    try {
      const results = await this.#write(batch.map(({ item }) => item));
      for (const [index, { resolve }] of batch.entries()) {
        const result = results[index];
        if (result !== undefined) resolve(result);
      }
      return true;
    } catch (error) {
      const isWhole = batch.length === 1 || FAIL_ALL.some((code) => isClefError(error, code));
      if (isWhole) for (const { reject } of batch) reject(error);
      return isWhole;
    }
  }
}

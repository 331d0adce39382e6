import { setImmediate } from 'node:timers/promises';
import type { TrackId } from '../../../core/index.ts';
import type { ImportedTrack } from '../../port.ts';

/** Imports that wait at once, in batches; callers beyond them wait for room. */
const BATCHES_WAITING = 2;

type WriteTracks = (tracks: readonly ImportedTrack[]) => Promise<readonly TrackId[]>;

interface Waiting {
  readonly track: ImportedTrack;
  readonly resolve: (id: TrackId) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: imports that arrive while a transaction runs share the next one. Each resolves once that is
 * durable. Where a batch fails its tracks are imported one by one, so that only the one at fault fails.
 */
export class ImportQueue {
  readonly #write: WriteTracks;
  readonly #maxBatch: number;
  readonly #waiting: Waiting[] = [];
  #isRunning = false;
  #batch: Promise<void> | undefined;

  /** `maxBatch` tracks share a transaction at most. */
  constructor(write: WriteTracks, maxBatch: number) {
    this.#write = write;
    this.#maxBatch = maxBatch;
  }

  async add(track: ImportedTrack): Promise<TrackId> {
    while (this.#waiting.length >= BATCHES_WAITING * this.#maxBatch) await (this.#batch ?? setImmediate());
    const { promise, resolve, reject } = Promise.withResolvers<TrackId>();
    this.#waiting.push({ track, resolve, reject });
    if (!this.#isRunning) void this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      // Lets whatever else is ready run, and add its tracks to the batch.
      await setImmediate();
      this.#batch = this.#importAll(this.#waiting.splice(0, this.#maxBatch));
      await this.#batch;
      this.#batch = undefined;
    }
    // In the same turn as the look at what waits: whoever comes later must find nobody running.
    this.#isRunning = false;
  }

  async #importAll(batch: readonly Waiting[]): Promise<void> {
    if (!(await this.#import(batch)) && batch.length > 1) {
      for (const one of batch) await this.#import([one]);
    }
  }

  /** False where a batch of several failed, and nobody was told yet. */
  async #import(batch: readonly Waiting[]): Promise<boolean> {
    try {
      const ids = await this.#write(batch.map(({ track }) => track));
      for (const [index, { resolve }] of batch.entries()) {
        const id = ids[index];
        if (id !== undefined) resolve(id);
      }
      return true;
    } catch (error) {
      if (batch.length === 1) batch[0]?.reject(error);
      return false;
    }
  }
}

import { setImmediate } from 'node:timers/promises';
import type { TrackId } from '../../../core/index.ts';
import type { ImportedTrack } from '../../port.ts';

/** Tracks in one transaction: enough to share one fsync, few enough to hold up nobody (about 20 ms). */
const MAX_BATCH = 32;
/** Imports that wait at once; callers beyond them wait for room. */
const MAX_WAITING = 256;

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
  readonly #write: (tracks: readonly ImportedTrack[]) => Promise<readonly TrackId[]>;
  readonly #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;

  constructor(write: (tracks: readonly ImportedTrack[]) => Promise<readonly TrackId[]>) {
    this.#write = write;
  }

  async add(track: ImportedTrack): Promise<TrackId> {
    while (this.#waiting.length >= MAX_WAITING) await this.#running;
    const { promise, resolve, reject } = Promise.withResolvers<TrackId>();
    this.#waiting.push({ track, resolve, reject });
    this.#running ??= this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Lets whatever else is ready run, and add its tracks to the batch.
      await setImmediate();
      const batch = this.#waiting.splice(0, MAX_BATCH);
      if (!(await this.#import(batch)) && batch.length > 1) {
        for (const one of batch) await this.#import([one]);
      }
    }
    // In the same turn as the look at what waits: whoever comes later must find nobody running.
    this.#running = undefined;
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

import { setImmediate } from 'node:timers/promises';
import { type ErrorCode, isClefError, type TrackId } from '../../../core/index.ts';
import type { ImportedTrack } from '../../port.ts';

/** Imports that wait at once, in batches; callers beyond them wait for room. */
const BATCHES_WAITING = 2;

/** Of the database, not of a track: what is asked for after it fails as well, and may take as long to. */
const FAIL_ALL: readonly ErrorCode[] = ['catalog-offline', 'catalog-in-doubt', 'data-full'];

type WriteTracks = (tracks: readonly ImportedTrack[]) => Promise<readonly TrackId[]>;

interface Waiting {
  readonly track: ImportedTrack;
  readonly resolve: (id: TrackId) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: imports that arrive while a transaction runs share the next one. Each resolves once that is
 * durable. Where a batch fails its tracks are imported one by one, so that only the one at fault fails; all of them where it was none.
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
    if (await this.#import(batch)) return;
    for (const one of batch) await this.#import([one]);
  }

  /** False where a batch of several failed by one of them, and nobody was told yet. */
  async #import(batch: readonly Waiting[]): Promise<boolean> {
    try {
      const ids = await this.#write(batch.map(({ track }) => track));
      for (const [index, { resolve }] of batch.entries()) {
        const id = ids[index];
        if (id !== undefined) resolve(id);
      }
      return true;
    } catch (error) {
      const isWhole = batch.length === 1 || FAIL_ALL.some((code) => isClefError(error, code));
      if (isWhole) for (const { reject } of batch) reject(error);
      return isWhole;
    }
  }
}

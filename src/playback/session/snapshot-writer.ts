import type { SessionKey, SessionLog } from './log.ts';
import type { SnapshotStore } from './snapshots.ts';
import type { PlaybackState } from './state.ts';

/** Written at a time: a store may put them into one transaction. */
const MOST_AT_ONCE = 64;

export interface SnapshotWriterOptions {
  readonly log: SessionLog;
  readonly snapshots: SnapshotStore;
  readonly timeOfDayMs: () => number;
  /** A snapshot that was not written: the log still has everything. */
  readonly onFailure: (error: unknown) => void;
}

interface ToWrite {
  readonly key: SessionKey;
  readonly state: PlaybackState;
  /** What the log need not keep, once this is written. */
  readonly coveredSeq: number;
}

/** Writes states down, and then lets go of what they cover. All devices of a server may leave in one moment. */
export class SnapshotWriter {
  readonly #options: SnapshotWriterOptions;
  readonly #waiting: ToWrite[] = [];
  readonly #writers = new Set<Promise<void>>();

  constructor(options: SnapshotWriterOptions) {
    this.#options = options;
  }

  write(one: ToWrite): void {
    this.#waiting.push(one);
    if (this.#writers.size === MOST_AT_ONCE) return;
    const writer = this.#writeAll().finally(() => this.#writers.delete(writer));
    this.#writers.add(writer);
  }

  /** Resolves when everything is written that was given until now. */
  async done(): Promise<void> {
    await Promise.all(this.#writers);
  }

  async #writeAll(): Promise<void> {
    const { log, snapshots, timeOfDayMs, onFailure } = this.#options;
    for (let one = this.#waiting.shift(); one; one = this.#waiting.shift()) {
      const { key, state, coveredSeq } = one;
      try {
        await snapshots.save(key, state, timeOfDayMs());
        await log.trim(key, coveredSeq);
      } catch (error) {
        onFailure(error);
      }
    }
  }
}

import { setTimeout as wait } from 'node:timers/promises';

export interface PaceOptions {
  /** Undefined: as fast as the nodes are. */
  readonly bytesPerSecond?: number;
  readonly signal?: AbortSignal;
  readonly now: () => number;
}

/** Fewer than this many milliseconds are not worth a timer. */
const LEAST_WAIT_MS = 5;

/** A function that is told what was just moved, and resolves when more may be. */
export function createPace({ bytesPerSecond, signal, now }: PaceOptions): (bytes: number) => Promise<void> {
  let dueMs = now();
  return async (bytes) => {
    signal?.throwIfAborted();
    if (bytesPerSecond === undefined) return;
    // Time that passed without work is not saved up.
    dueMs = Math.max(dueMs, now()) + (bytes / bytesPerSecond) * 1_000;
    const waitMs = dueMs - now();
    if (waitMs >= LEAST_WAIT_MS) await wait(waitMs, undefined, { ...(signal && { signal }) });
  };
}

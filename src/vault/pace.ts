import { setTimeout as wait } from 'node:timers/promises';

export interface PaceOptions {
  /** Undefined: as fast as the nodes are. */
  readonly bytesPerSecond?: number;
  readonly signal?: AbortSignal;
  readonly now: () => number;
}

/** Fewer than this many milliseconds are not worth a timer. */
const LEAST_WAIT_MS = 5;

export interface Pace {
  /** Is told what was just moved, and resolves when more may be. */
  (bytes: number): Promise<void>;
  /** How long it would take now to resolve, were so much moved. */
  backlogMs(bytes: number): number;
}

export function createPace({ bytesPerSecond, signal, now }: PaceOptions): Pace {
  let dueMs = now();
  const pace = async (bytes: number): Promise<void> => {
    signal?.throwIfAborted();
    if (bytesPerSecond === undefined) return;
    // Time that passed without work is not saved up.
    dueMs = Math.max(dueMs, now()) + (bytes / bytesPerSecond) * 1_000;
    const waitMs = dueMs - now();
    if (waitMs >= LEAST_WAIT_MS) await wait(waitMs, undefined, { ...(signal && { signal }) });
  };
  const backlogMs = (bytes: number): number =>
    bytesPerSecond === undefined ? 0 : Math.max(0, dueMs - now()) + (bytes / bytesPerSecond) * 1_000;
  return Object.assign(pace, { backlogMs });
}

/** Time and chance, so that tests decide them. */
export interface SourceClock {
  /** Only grows; since when does not matter. */
  nowMs(): number;
  /** 0 to 1. */
  random(): number;
  /** Ends early where the device comes back to a network; rejects with the signal's reason. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export const browserClock: SourceClock = {
  nowMs: () => performance.now(),
  random: Math.random,
  wait(ms, signal) {
    return new Promise((resolve, reject) => {
      const over = new AbortController();
      const end = () => {
        clearTimeout(timer);
        over.abort();
        if (signal.aborted) reject(signal.reason as Error);
        else resolve();
      };
      const timer = setTimeout(end, signal.aborted ? 0 : ms);
      signal.addEventListener('abort', end, { signal: over.signal });
      globalThis.addEventListener?.('online', end, { signal: over.signal });
    });
  },
};

const FIRST_BACKOFF_MS = 150;
/** So that a server that is there again is noticed soon: the engine has some 30 s in store. */
const MAX_BACKOFF_MS = 3_000;

/** Doubles with each attempt, half of it by chance, so that listeners do not come back all at once. */
export function backoffMs(attempt: number, random: number): number {
  return Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** attempt) * (0.5 + random / 2);
}

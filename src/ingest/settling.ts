import type { FileState } from './sources/port.ts';
import { isSameState } from './scan/stamp.ts';

/** A new or changed file has to look the same for so long before it is opened. */
const SETTLE_MS = 2_000;
/** After this time what was still being written may be done, where nothing told of it before. */
export const LOOK_AGAIN_MS = 5_000;
/** So far apart the clock of a file's server and Clef's may be: what changed longer ago is settled. */
const LONG_AGO_MS = 600_000;
/** What changed in this time, and looks unfinished, is not believed to be all there is. */
const FRESH_MS = 60_000;
const MOST_REMEMBERED = 100_000;
const NS_IN_MS = 1_000_000n;

interface Met {
  readonly state: FileState;
  readonly sinceMs: number;
}

interface Found {
  readonly pathKey: string;
  readonly stamp: FileState;
  /** Whether its time is by the clock of `now`. */
  readonly hasOwnClock: boolean;
}

export function ageMs({ modifiedNs }: FileState, nowMs: number): number {
  return nowMs - Number(BigInt(modifiedNs) / NS_IN_MS);
}

/**
 * After how long a file that still counts as fresh is worth another look; 0 for one that does not count as fresh. One
 * from the future is not waited for.
 */
export function freshForMs({ stamp, hasOwnClock }: Omit<Found, 'pathKey'>, nowMs: number): number {
  const age = ageMs(stamp, nowMs);
  if (age < -LONG_AGO_MS) return 0;
  return Math.min(FRESH_MS, Math.max(0, (hasOwnClock ? FRESH_MS : LONG_AGO_MS) - age));
}

function longAgoMs({ hasOwnClock }: Found): number {
  return hasOwnClock ? SETTLE_MS : LONG_AGO_MS;
}

/** Remembers how files looked, so that none is opened while it is written. */
export class Settling {
  readonly #now: () => number;
  readonly #met = new Map<string, Met>();
  #lastMs = -Infinity;

  constructor(now: () => number) {
    this.#now = now;
  }

  meet(found: Found): void {
    const { pathKey, stamp } = found;
    const nowMs = this.#now();
    if (ageMs(stamp, nowMs) > longAgoMs(found)) return;
    const known = this.#met.get(pathKey);
    if (known && isSameState(known.state, stamp)) return;
    if (!known && this.#met.size >= MOST_REMEMBERED) return;
    this.#met.set(pathKey, { state: stamp, sinceMs: nowMs });
    this.#lastMs = nowMs;
  }

  isSettled(found: Found): boolean {
    const { pathKey, stamp } = found;
    const nowMs = this.#now();
    const age = ageMs(stamp, nowMs);
    if (age > longAgoMs(found)) return true;
    const known = this.#met.get(pathKey);
    // Of more than can be remembered, the file's own time has to do.
    if (!known) return this.#met.size >= MOST_REMEMBERED && age > SETTLE_MS;
    return isSameState(known.state, stamp) && nowMs - known.sinceMs >= SETTLE_MS;
  }

  /** Until all that was met had its time. */
  get remainingMs(): number {
    return Math.max(0, this.#lastMs + SETTLE_MS - this.#now());
  }
}

import type { FileState } from './sources/port.ts';
import { isSameState } from './scan/stamp.ts';

/** A new or changed file has to look the same for so long before it is opened. */
const SETTLE_MS = 2_000;
/** After this time what was still being written may be done, where nothing told of it before. */
export const LOOK_AGAIN_MS = 5_000;
/** What changed longer ago is settled, however far apart the clock of its server and Clef's may be. */
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
}

export function ageMs({ modifiedNs }: FileState, nowMs: number): number {
  return nowMs - Number(BigInt(modifiedNs) / NS_IN_MS);
}

/** How long a file still counts as fresh; 0 for one that does not. One from the future is not waited for. */
export function freshForMs(state: FileState, nowMs: number): number {
  const age = ageMs(state, nowMs);
  return age < -LONG_AGO_MS ? 0 : Math.max(0, FRESH_MS - age);
}

/** Remembers how files looked, so that none is opened while it is written. */
export class Settling {
  readonly #now: () => number;
  readonly #longAgoMs: number;
  readonly #met = new Map<string, Met>();
  #lastMs = -Infinity;

  /** Of files with times by the clock of `now`, or by some other one. */
  constructor(now: () => number, hasOwnClock: boolean) {
    this.#now = now;
    this.#longAgoMs = hasOwnClock ? SETTLE_MS : LONG_AGO_MS;
  }

  meet({ pathKey, stamp }: Found): void {
    const nowMs = this.#now();
    if (ageMs(stamp, nowMs) > this.#longAgoMs) return;
    const known = this.#met.get(pathKey);
    if (known && isSameState(known.state, stamp)) return;
    if (!known && this.#met.size >= MOST_REMEMBERED) return;
    this.#met.set(pathKey, { state: stamp, sinceMs: nowMs });
    this.#lastMs = nowMs;
  }

  isSettled({ pathKey, stamp }: Found): boolean {
    const nowMs = this.#now();
    const age = ageMs(stamp, nowMs);
    if (age > this.#longAgoMs) return true;
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

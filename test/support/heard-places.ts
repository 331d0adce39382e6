import { advance, positionAt } from '../../src/playback/session/index.ts';
import { findNoise, THIN } from './noise.ts';
import type { ToldState } from './paced-world.ts';
import { type SimulatedClock, sharedTimeOf, trueTimeOf } from './simulated-clock.ts';

const STEP_MS = 100;
/** How far away a page is looked for: from where it was last, at first, and where it is not found there. */
const NEAR_MS = 12;
const FAR_MS = 500;

/** What a page can be told by in a recording. */
export interface Voice {
  /** Thinned, of the channel that it is in. */
  readonly heard: Float32Array;
  /** Thinned, one a place of the queue. */
  readonly noises: readonly Float32Array[];
  readonly clock: SimulatedClock;
}

export interface HeardMoment {
  /** True time, on the line of the recorder, less what the sound took on its way. */
  readonly atMs: number;
  /** For each page: how much later than it should it is heard. Undefined where it is not. */
  readonly lateMs: readonly (number | undefined)[];
}

/**
 * How late each page is, ten times a second, by what a sound card recorded from `sinceMs` on. That holds what all sound takes
 * on its way, too, which is nobody's: only how pages differ says something.
 */
export function heardMoments(
  voices: readonly Voice[],
  told: readonly ToldState[],
  sinceMs: number,
  rateHz: number,
): HeardMoment[] {
  const framesAMs = rateHz / THIN / 1000;
  const lastLate: (number | undefined)[] = voices.map(() => undefined);
  const moments: HeardMoment[] = [];
  const lengthMs = (voices[0]?.heard.length ?? 0) / framesAMs;
  for (let inMs = 0; inMs < lengthMs; inMs += STEP_MS) {
    const atMs = sinceMs + inMs;
    const lateMs = voices.map((voice, i) => {
      const near = lastLate[i];
      const reaches = near === undefined ? [FAR_MS] : [NEAR_MS, FAR_MS];
      for (const reachMs of reaches) {
        const late = lateOf(
          voice,
          told,
          atMs,
          inMs * framesAMs,
          reachMs === NEAR_MS ? (near ?? 0) : 0,
          reachMs,
        );
        if (late === undefined) continue;
        lastLate[i] = late;
        return late;
      }
      return undefined;
    });
    moments.push({ atMs, lateMs });
  }
  return moments;

  function lateOf(
    { heard, noises, clock }: Voice,
    told: readonly ToldState[],
    atMs: number,
    atFrame: number,
    nearMs: number,
    reachMs: number,
  ): number | undefined {
    const sharedMs = sharedTimeOf(clock, atMs - nearMs);
    const last = told.findLast((one) => one.atMs <= sharedMs);
    if (!last) return undefined;
    const { queue, main } = advance(last.state, sharedMs);
    const noise = noises[queue.currentIndex];
    if (!noise || !main.playing || sharedMs < main.atMs) return undefined;
    const wantedMs = positionAt(main, sharedMs);
    const found = findNoise(heard, noise, atFrame, wantedMs * framesAMs, Math.round(reachMs * framesAMs));
    if (found === undefined) return undefined;
    // When the page should have been where it was heard.
    const dueMs = trueTimeOf(clock, sharedMs + (found / framesAMs - wantedMs) / main.rate);
    return atMs - dueMs;
  }
}

/** How far apart the pages are; undefined where one of them is not heard. */
export function skewOf({ lateMs }: HeardMoment): number | undefined {
  const late = lateMs.filter((one) => one !== undefined);
  return late.length === lateMs.length ? Math.max(...late) - Math.min(...late) : undefined;
}

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../test/support/random.ts';
import { LEAP_MS, MOST_CORRECTION, PaceLoop } from './pace-loop.ts';

const STEP_MS = 100;

interface Device {
  /** Of the audio clock, against the shared time. */
  readonly ppm: number;
  /** What of that is known and fed forward. */
  readonly knownPpm: number;
  readonly startMs: number;
  readonly jitterMs: number;
  readonly seed?: number;
}

/** A device that is corrected for so long; answers its true errors, and what was done. */
function corrected({ ppm, knownPpm, startMs, jitterMs, seed = 7 }: Device, seconds: number) {
  const random = seededRandom(seed);
  const loop = new PaceLoop();
  const errors: number[] = [];
  const factors: number[] = [];
  let leaps = 0;
  let errorMs = startMs;
  let rate = 1;
  for (let atMs = 0; atMs < seconds * 1000; atMs += STEP_MS) {
    // Where the audio clock is slow, music has to be hurried by so much.
    const drift = -knownPpm * 1e-6;
    const correction = loop.next(atMs, errorMs + jitterMs * (2 * random() - 1), drift);
    if (correction.kind === 'leap') {
      leaps++;
      errorMs = 0;
      rate = 1 + drift;
    } else rate = correction.factor;
    factors.push(rate);
    errorMs += STEP_MS * (rate * (1 + ppm * 1e-6) - 1);
    errors.push(errorMs);
  }
  return { errors, factors, leaps };
}

const most = (values: readonly number[]) => Math.max(...values.map(Math.abs));
const after = (values: readonly number[], seconds: number) => values.slice((seconds * 1000) / STEP_MS);

describe('the loop that keeps to a pace', () => {
  it.each([300, -200])('settles a device that is %i ppm off, and stays', (ppm) => {
    const { errors, leaps } = corrected({ ppm, knownPpm: ppm * 0.9, startMs: 12, jitterMs: 0.5 }, 60);
    expect(leaps).toBe(0);
    expect(most(after(errors, 20))).toBeLessThan(0.35);
  });

  it('goes straight to where it belongs, and never past it', () => {
    const { errors } = corrected({ ppm: 0, knownPpm: 0, startMs: 20, jitterMs: 0 }, 30);
    for (const [i, errorMs] of errors.entries()) expect(errorMs).toBeLessThanOrEqual(errors[i - 1] ?? 20);
    expect(errors.at(-1)).toBeGreaterThan(0);
    expect(errors.at(-1)).toBeLessThan(0.2);
  });

  it('changes nothing where there is nothing to correct', () => {
    const { factors } = corrected({ ppm: 0, knownPpm: 0, startMs: 0.015, jitterMs: 0 }, 5);
    expect(new Set(factors)).toEqual(new Set([1]));
  });

  it('takes no notice of a measurement or two that have nothing to do with the others', () => {
    const loop = new PaceLoop();
    for (let i = 0; i < 5; i++) loop.next(i * STEP_MS, 0, 0);
    expect(loop.next(500, 400, 0)).toEqual({ kind: 'rate', factor: 1 });
    expect(loop.next(600, -300, 0)).toEqual({ kind: 'rate', factor: 1 });
  });

  it('leaps once where the way is long, and begins anew', () => {
    const { errors, leaps } = corrected({ ppm: 50, knownPpm: 0, startMs: 80, jitterMs: 1 }, 30);
    expect(leaps).toBe(1);
    expect(most(after(errors, 1))).toBeLessThan(2);
  });

  it('leaps for nothing that may be a mistake of the measurement', () => {
    const loop = new PaceLoop();
    for (let i = 0; i < 20; i++) expect(loop.next(i * STEP_MS, 50, 0, 20).kind).toBe('rate');
  });

  it('corrects by no more than 0.3 %, and settles whatever is within reach of that', () => {
    fc.assert(
      fc.property(
        fc.record({
          ppm: fc.integer({ min: -500, max: 500 }),
          part: fc.double({ min: 0, max: 1, noNaN: true }),
          startMs: fc.double({ min: -2 * LEAP_MS, max: 2 * LEAP_MS, noNaN: true }),
          jitterMs: fc.double({ min: 0, max: 3, noNaN: true }),
          seed: fc.integer({ min: 1, max: 1e6 }),
        }),
        ({ ppm, part, startMs, jitterMs, seed }) => {
          const device = { ppm, knownPpm: part * ppm, startMs, jitterMs, seed };
          const { errors, factors } = corrected(device, 40);
          expect(most(factors.map((factor) => factor - 1))).toBeLessThanOrEqual(MOST_CORRECTION + 1e-12);
          // What is not known of the drift remains, as far as it goes in the time that errors are made up in; and the noise's middle.
          const restMs = 2.5 * Math.abs(ppm) * (1 - part) * 1e-3;
          expect(most(after(errors, 25))).toBeLessThan(restMs + 0.3 + 0.7 * jitterMs);
        },
      ),
    );
  });

  it('corrects from where a page left off that slept', () => {
    const loop = new PaceLoop();
    loop.next(0, 5, 0);
    const correction = loop.next(3_600_000, 5, 0);
    expect(correction.kind).toBe('rate');
    expect(correction).toMatchObject({ factor: expect.closeTo(1 - 0.00198, 3) });
  });
});

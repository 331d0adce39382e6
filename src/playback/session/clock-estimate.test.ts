import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../test/support/random.ts';
import { ClockEstimate } from './clock-estimate.ts';

interface Line {
  /** Of the local clock against the log's. */
  readonly ppm: number;
  readonly offsetMs: number;
  /** One way, besides what waits in queues. */
  readonly delayMs: number;
  readonly jitterMs: number;
}

/** Asks every ten seconds of true time, and answers how wrong the estimate is at the end. */
function errorAfter(estimate: ClockEstimate, line: Line, probes: number, fromMs = 0): number {
  const random = seededRandom(5);
  const localAt = (trueMs: number) => (trueMs - line.offsetMs) * (1 + line.ppm * 1e-6);
  // Most wait for little, some for long, each way by itself.
  const wait = () => line.delayMs + line.jitterMs * random() ** 4;
  let trueMs = fromMs;
  for (let i = 0; i < probes; i++) {
    trueMs += i < 8 ? 50 : 10_000;
    const serverMs = trueMs + wait();
    estimate.add({ sentMs: localAt(trueMs), receivedMs: localAt(serverMs + wait()), serverMs });
  }
  const localMs = localAt(trueMs + 5_000);
  const errorMs = estimate.serverMs(localMs) - (trueMs + 5_000);
  expect(Math.abs(errorMs)).toBeLessThanOrEqual(estimate.uncertaintyMs(localMs) + 0.6);
  expect(estimate.localMs(estimate.serverMs(localMs))).toBeCloseTo(localMs, 3);
  return Math.abs(errorMs);
}

const LAN: Line = { ppm: 0, offsetMs: 1e12, delayMs: 0.2, jitterMs: 8 };

describe('the log’s clock', () => {
  test('is known within a fraction of a millisecond after eight questions over a quiet line', () => {
    expect(errorAfter(new ClockEstimate(), LAN, 8)).toBeLessThan(0.3);
  });

  test.each([300, -200])('is followed where the device is %i ppm off', (ppm) => {
    const estimate = new ClockEstimate();
    expect(errorAfter(estimate, { ...LAN, ppm }, 40)).toBeLessThan(0.5);
    expect(estimate.driftPpm).toBeCloseTo(-ppm, -1);
  });

  test.each([300, -200])('has a drift of %i ppm after three questions that are ten seconds apart', (ppm) => {
    const estimate = new ClockEstimate();
    expect(errorAfter(estimate, { ...LAN, ppm, jitterMs: 2 }, 8 + 3)).toBeLessThan(0.5);
    expect(Math.abs(estimate.driftPpm + ppm)).toBeLessThan(60);
  });

  test('is no further away than it says, over a line of 80 ms that stutters', () => {
    const estimate = new ClockEstimate();
    expect(errorAfter(estimate, { ...LAN, delayMs: 40, jitterMs: 200 }, 60)).toBeLessThan(40);
  });

  test('is found anew after the device slept, or another server answers', () => {
    const estimate = new ClockEstimate();
    errorAfter(estimate, LAN, 30);
    expect(errorAfter(estimate, { ...LAN, offsetMs: 1e12 + 3_600_000 }, 8, 4_000_000)).toBeLessThan(0.3);
  });
});

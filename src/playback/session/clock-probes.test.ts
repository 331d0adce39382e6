import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ClockProbes } from './clock-probes.ts';

const AHEAD_MS = 5_000;

/** A server whose answers take so long; `lost` are those that never come. */
function askOver(roundTripMs: number, lost: readonly number[] = []) {
  const asked: number[] = [];
  let known = 0;
  const probes = new ClockProbes({
    ask(id) {
      asked.push(id);
      const serverMs = performance.now() + roundTripMs / 2 + AHEAD_MS;
      if (!lost.includes(id)) setTimeout(() => probes.take(id, serverMs), roundTripMs);
    },
    nowMs: () => performance.now(),
    onKnown: () => void known++,
  });
  return { probes, asked, known: () => known };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test.each([1, 150, 900])(
  'know the time after the first burst, where an answer takes %i ms',
  (roundTripMs) => {
    const { probes, asked, known } = askOver(roundTripMs);
    probes.start();
    vi.advanceTimersByTime(8 * roundTripMs - 1);
    expect([asked.length, known()]).toEqual([8, 0]);
    vi.advanceTimersByTime(1);
    expect(known()).toBe(1);
    expect(probes.clock.serverMs(performance.now())).toBeCloseTo(performance.now() + AHEAD_MS, 3);
    vi.advanceTimersByTime(60_000);
    expect(known()).toBe(1);
    expect(asked.length).toBeGreaterThan(8 + 4 * 3);
    expect(asked.length).toBeLessThan(8 + 10 * 3);
    probes.start();
    vi.advanceTimersByTime(8 * roundTripMs);
    expect(known()).toBe(2);
    probes.stop();
    const { length } = asked;
    vi.advanceTimersByTime(60_000);
    expect(asked).toHaveLength(length);
  },
);

test('begin anew where an answer never comes', () => {
  const { probes, known } = askOver(20, [3]);
  probes.start();
  vi.advanceTimersByTime(30_000);
  expect(known()).toBe(1);
});

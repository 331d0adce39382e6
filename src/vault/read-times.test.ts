import { describe, expect, it } from 'vitest';
import { testNodeId } from '../../test/support/vault.ts';
import { ReadTimes } from './read-times.ts';

const clock = { nowMs: 0 };
const [a, b, c] = [testNodeId(1), testNodeId(2), testNodeId(3)];

function readsOf(times: ReadTimes, id: typeof a, count: number, tookMs: number): void {
  for (let i = 0; i < count; i++) {
    const ended = times.begin(id);
    clock.nowMs += tookMs;
    ended(true);
  }
}

describe('read times', () => {
  it('call a node late by its own measure, once they know it', () => {
    const times = new ReadTimes(() => clock.nowMs);
    expect(times.lateAfterMs(a)).toBe(250);
    readsOf(times, a, 20, 2);
    expect(times.lateAfterMs(a)).toBe(20);
    readsOf(times, b, 20, 100);
    expect(times.lateAfterMs(b)).toBe(150);
    // A node that always takes long is not late every time.
    readsOf(times, c, 20, 400);
    expect(times.lateAfterMs(c)).toBe(600);
  });

  it('call a node slow that takes much longer than others, until it recovers or a minute has passed', () => {
    const times = new ReadTimes(() => clock.nowMs);
    readsOf(times, a, 10, 5);
    readsOf(times, b, 10, 6);
    readsOf(times, c, 7, 500);
    expect(times.isSlow(c)).toBe(false);
    readsOf(times, c, 1, 500);
    clock.nowMs += 1_000;
    expect(times.isSlow(c)).toBe(true);
    expect(times.isSlow(a)).toBe(false);
    readsOf(times, c, 20, 5);
    expect(times.isSlow(c)).toBe(false);
    readsOf(times, c, 32, 500);
    expect(times.isSlow(c)).toBe(true);
    clock.nowMs += 60_000;
    expect(times.isSlow(c)).toBe(false);
  });

  it('learn nothing from what fails at once', () => {
    const times = new ReadTimes(() => clock.nowMs);
    for (let i = 0; i < 20; i++) times.begin(b)(false);
    readsOf(times, a, 20, 100);
    clock.nowMs += 1_000;
    expect(times.isSlow(a)).toBe(false);
    expect(times.lateAfterMs(b)).toBe(250);
  });

  it('call none slow where all are, nor for a time that nobody notices', () => {
    const times = new ReadTimes(() => clock.nowMs);
    for (const id of [a, b, c]) readsOf(times, id, 10, 400);
    expect([a, b, c].map((id) => times.isSlow(id))).toEqual([false, false, false]);
    const quick = new ReadTimes(() => clock.nowMs);
    readsOf(quick, a, 10, 1);
    readsOf(quick, b, 10, 30);
    expect(quick.isSlow(b)).toBe(false);
  });

  it('let one read in twenty be made twice, after a few at once', () => {
    const times = new ReadTimes(() => clock.nowMs);
    let spent = 0;
    for (let i = 0; i < 2_000; i++) {
      readsOf(times, a, 1, 1);
      if (times.spend(a)) spent++;
    }
    expect(spent).toBeGreaterThanOrEqual(100);
    expect(spent).toBeLessThanOrEqual(108);
  });
});

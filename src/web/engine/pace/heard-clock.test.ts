import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../test/support/random.ts';
import { HeardClock, type OutputReading } from './heard-clock.ts';

const BUFFER_MS = 10;

interface Device {
  readonly ppm: number;
  readonly latencyMs: number;
  readonly jitterMs: number;
}

/** A sound card, as a browser tells of it; true heard times are `(context + shift) * (1 + ppm)`. */
function deviceOf({ ppm, latencyMs, jitterMs }: Device) {
  const random = seededRandom(3);
  const pace = 1 + ppm * 1e-6;
  return {
    shiftMs: 5_000,
    heardMs(contextMs: number) {
      return contextMs * pace + this.shiftMs;
    },
    reading(nowMs: number): OutputReading {
      // What is handed over now is heard after all that waits.
      const currentMs = Math.floor((nowMs + latencyMs - this.shiftMs) / pace / BUFFER_MS) * BUFFER_MS;
      const contextMs = currentMs - latencyMs;
      const performanceMs = this.heardMs(contextMs) + jitterMs * (2 * random() - 1);
      return { nowMs, currentMs, latencyMs, contextMs, performanceMs };
    },
  };
}

function listen(clock: HeardClock, device: ReturnType<typeof deviceOf>, fromMs: number, seconds: number) {
  for (let nowMs = fromMs; nowMs < fromMs + seconds * 1000; nowMs += 100) clock.add(device.reading(nowMs));
}

describe('when a context is heard', () => {
  it.each([0, 300, -200])(
    'is known to half a millisecond from timestamps that jitter by two, at %i ppm',
    (ppm) => {
      const device = deviceOf({ ppm, latencyMs: 80, jitterMs: 2 });
      const clock = new HeardClock();
      listen(clock, device, 10_000, 60);
      for (const contextMs of [64_900, 65_000, 65_300])
        expect(Math.abs(clock.heardMs(contextMs) - device.heardMs(contextMs))).toBeLessThan(0.5);
      expect(clock.contextMs(clock.heardMs(25_000))).toBeCloseTo(25_000, 6);
      expect(clock.uncertaintyMs).toBeLessThan(2);
    },
  );

  it('is no worse for timestamps that stand still, are zero, or lie beyond what was rendered', () => {
    const device = deviceOf({ ppm: 0, latencyMs: 40, jitterMs: 0.2 });
    const clock = new HeardClock();
    listen(clock, device, 10_000, 3);
    const stuck = device.reading(13_000);
    for (let nowMs = 13_000; nowMs < 13_900; nowMs += 100) {
      clock.add({ ...device.reading(nowMs), contextMs: stuck.contextMs, performanceMs: stuck.performanceMs });
      clock.add({ ...device.reading(nowMs), contextMs: 0, performanceMs: 0 });
      clock.add({ ...device.reading(nowMs), contextMs: 1e6 });
      clock.add({ ...device.reading(nowMs), performanceMs: 17 });
    }
    expect(Math.abs(clock.heardMs(8_900) - device.heardMs(8_900))).toBeLessThan(0.3);
    expect(clock.uncertaintyMs).toBeLessThan(1);
  });

  it('is guessed, and said to be, where a browser has no timestamps', () => {
    const device = deviceOf({ ppm: 0, latencyMs: 40, jitterMs: 0 });
    const clock = new HeardClock();
    for (let nowMs = 10_000; nowMs < 12_000; nowMs += 100)
      clock.add({ ...device.reading(nowMs), contextMs: 0, performanceMs: 0 });
    expect(Math.abs(clock.heardMs(7_000) - device.heardMs(7_000))).toBeLessThan(BUFFER_MS + 1);
    expect(clock.uncertaintyMs).toBeGreaterThan(20);
    listen(clock, device, 12_000, 5);
    expect(Math.abs(clock.heardMs(8_000) - device.heardMs(8_000))).toBeLessThan(0.1);
    expect(clock.uncertaintyMs).toBeLessThan(1);
  });

  it('is nearly found anew a second after the device broke off, and soon exactly', () => {
    const device = deviceOf({ ppm: 0, latencyMs: 40, jitterMs: 1 });
    const clock = new HeardClock();
    listen(clock, device, 10_000, 20);
    device.shiftMs += 35;
    listen(clock, device, 30_000, 1.1);
    expect(Math.abs(clock.heardMs(26_000) - device.heardMs(26_000))).toBeLessThan(BUFFER_MS);
    listen(clock, device, 31_100, 5);
    expect(Math.abs(clock.heardMs(31_000) - device.heardMs(31_000))).toBeLessThan(1);
  });

  it('is known by rendering alone while timestamps wander, from what was learnt of the output before', () => {
    const device = deviceOf({ ppm: 0, latencyMs: 200, jitterMs: 0.2 });
    const clock = new HeardClock();
    listen(clock, device, 10_000, 10);
    const later = new HeardClock(clock.latencyMs);
    for (let nowMs = 20_000; nowMs < 26_000; nowMs += 100) {
      const reading = device.reading(nowMs);
      later.add({ ...reading, performanceMs: reading.performanceMs + (nowMs - 20_000) / 50 });
      if (nowMs < 21_000) continue;
      expect(Math.abs(later.heardMs(20_000) - device.heardMs(20_000))).toBeLessThan(BUFFER_MS);
    }
  });

  it('stays as it was where timestamps begin to wander though nothing was lost', () => {
    const device = deviceOf({ ppm: 0, latencyMs: 200, jitterMs: 0.2 });
    const clock = new HeardClock();
    listen(clock, device, 10_000, 10);
    for (let nowMs = 20_000; nowMs < 25_000; nowMs += 100) {
      const reading = device.reading(nowMs);
      clock.add({ ...reading, performanceMs: reading.performanceMs - (nowMs - 20_000) / 50 });
    }
    expect(Math.abs(clock.heardMs(22_000) - device.heardMs(22_000))).toBeLessThan(2);
  });

  it('holds for some seconds in which nobody asked, and not for longer', () => {
    const device = deviceOf({ ppm: 0, latencyMs: 200, jitterMs: 0.2 });
    const clock = new HeardClock();
    listen(clock, device, 10_000, 10);
    const wandering = (nowMs: number) => {
      const reading = device.reading(nowMs);
      clock.add({ ...reading, performanceMs: reading.performanceMs + 40 + (nowMs % 1_000) / 50 });
    };
    for (let nowMs = 27_000; nowMs < 28_000; nowMs += 100) wandering(nowMs);
    expect(Math.abs(clock.heardMs(27_000) - device.heardMs(27_000))).toBeLessThan(1);
    wandering(60_000);
    expect(clock.points).toBe(1);
  });

  it('is not known after the context stood still', () => {
    const clock = new HeardClock();
    listen(clock, deviceOf({ ppm: 0, latencyMs: 40, jitterMs: 1 }), 10_000, 2);
    clock.reset();
    expect(clock.points).toBe(0);
    expect(clock.uncertaintyMs).toBe(Number.POSITIVE_INFINITY);
  });
});

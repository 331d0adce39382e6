import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../test/support/random.ts';
import { DeviceClock } from './device-clock.ts';

const RATE_HZ = 44_100;
const EVERY_MS = 50;

/** A sound card off by so much, that tells in whole milliseconds, at times late. */
function listen(clock: DeviceClock, { ppm = 0, shiftMs = 1_000, fromMs = 0, seconds = 60, lateMs = 3 }) {
  const random = seededRandom(4);
  const heardMs = (localMs: number) => (localMs - shiftMs) / (1 + ppm * 1e-6);
  for (let atMs = fromMs; atMs < fromMs + seconds * 1000; atMs += EVERY_MS) {
    const told = Math.floor(heardMs(atMs));
    if (told < 0) continue;
    clock.add({ nowMs: atMs + lateMs * random() ** 4, heardFrames: (told * RATE_HZ) / 1000 }, RATE_HZ);
  }
  return (mediaMs: number) => clock.localMs(mediaMs) - (mediaMs * (1 + ppm * 1e-6) + shiftMs);
}

describe('when what is handed to a device is heard', () => {
  it.each([0, 200, -300])('is known to a millisecond from readings in whole ones, at %i ppm', (ppm) => {
    const errorAt = listen(new DeviceClock(), { ppm });
    for (const mediaMs of [58_000, 59_000, 59_500]) expect(Math.abs(errorAt(mediaMs))).toBeLessThan(1.2);
  });

  it('is not taken for known before there are some readings', () => {
    const clock = new DeviceClock();
    expect(clock.isKnown).toBe(false);
    expect(clock.uncertaintyMs).toBe(Number.POSITIVE_INFINITY);
    listen(clock, { fromMs: 2_000, seconds: 0.4 });
    expect(clock.isKnown).toBe(true);
  });

  it('is no worse for a reading that comes late, and found anew where it goes on somewhere else', () => {
    const clock = new DeviceClock();
    const errorAt = listen(clock, { seconds: 20 });
    clock.add({ nowMs: 20_400, heardFrames: 19_000 * 44.1 }, RATE_HZ);
    expect(Math.abs(errorAt(19_000))).toBeLessThan(1.2);
    const errorAfter = listen(clock, { seconds: 2, fromMs: 20_500, shiftMs: 1_080 });
    expect(Math.abs(errorAfter(21_000))).toBeLessThan(1.2);
  });

  it('begins anew after a break, with the drift that it has learnt', () => {
    const clock = new DeviceClock();
    listen(clock, { ppm: 300, seconds: 120 });
    const { drift } = clock;
    expect(drift).toBeGreaterThan(200e-6);
    clock.reset();
    expect(clock.isKnown).toBe(false);
    expect(clock.drift).toBe(drift);
  });
});

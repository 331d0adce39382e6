import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fadeFactor, replayGainOf, volumeFactor } from './gain.ts';
import type { EngineItem } from './port.ts';
import { fadeAt, fadeSeconds, soundableEnd } from './timeline.ts';

const item: EngineItem = { itemId: '1', trackId: 'tr-1', durationMs: 1_000 };

describe('gains', () => {
  it('never make a peak greater than full scale', () => {
    const gain = fc.double({ min: -30, max: 30, noNaN: true });
    const peak = fc.double({ min: 0.01, max: 2, noNaN: true });
    fc.assert(
      fc.property(
        gain,
        gain,
        peak,
        fc.constantFrom('track' as const, 'album' as const),
        (db, preampDb, peak, mode) => {
          const factor = replayGainOf(
            { ...item, trackGainDb: db, trackPeak: peak, albumGainDb: db, albumPeak: peak },
            { replayGain: mode, preampDb },
          );
          expect(factor * peak).toBeLessThanOrEqual(1 + 1e-9);
        },
      ),
    );
  });

  it('of the track and of the album stand in for each other', () => {
    const both = { ...item, trackGainDb: -6, trackPeak: 1, albumGainDb: -12, albumPeak: 1 };
    const of = (item: EngineItem, replayGain: 'track' | 'album' | 'off') =>
      20 * Math.log10(replayGainOf(item, { replayGain, preampDb: 0 }));
    expect(of(both, 'track')).toBeCloseTo(-6);
    expect(of(both, 'album')).toBeCloseTo(-12);
    expect(of({ ...item, trackGainDb: -6 }, 'album')).toBeCloseTo(-6);
    expect(of({ ...item, albumGainDb: -12 }, 'track')).toBeCloseTo(-12);
    expect(of(both, 'off')).toBe(0);
  });

  it('change no bit at full volume, and let nothing through where muted', () => {
    expect(volumeFactor({ volume: 1, muted: false })).toBe(1);
    expect(volumeFactor({ volume: 1, muted: true })).toBe(0);
  });

  it('of two fades that cross add up to the same power everywhere', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (part) => {
        expect(fadeFactor(part) ** 2 + fadeFactor(1 - part) ** 2).toBeCloseTo(1, 10);
      }),
    );
  });
});

describe('a timeline', () => {
  const plain = { gain: 1, fadeInFrames: 0, fadeOutFrames: 0 };

  it('sounds up to the first gap', () => {
    const segments = [
      { startFrame: 0, endFrame: 10, ...plain },
      { startFrame: 10, endFrame: 20, ...plain },
      { startFrame: 30, endFrame: 40, ...plain },
    ];
    expect(soundableEnd({ segments, final: true }, 3)).toBe(20);
    expect(soundableEnd({ segments, final: true }, 25)).toBe(25);
    expect(soundableEnd({ segments, final: true }, 30)).toBe(40);
  });

  it('is as loud as it is where it does not fade', () => {
    const segment = { startFrame: 100, endFrame: 200, gain: 1, fadeInFrames: 20, fadeOutFrames: 30 };
    expect(fadeAt(segment, 100)).toBe(0);
    expect(fadeAt(segment, 120)).toBe(1);
    expect(fadeAt(segment, 170)).toBe(1);
    expect(fadeAt(segment, 185)).toBeCloseTo(Math.SQRT1_2);
  });

  it('crosses no more than half of a short item', () => {
    expect(fadeSeconds(12_000, 300_000, 10_000)).toBe(5);
    expect(fadeSeconds(12_000, 300_000, 200_000)).toBe(12);
    expect(fadeSeconds(0, 300_000, 200_000)).toBe(0);
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EngineItem, Pace } from '../port.ts';
import { aheadMs, placeAt, type Sequence } from './place.ts';

const DURATIONS_MS = [10_000, 6_000, 8_000];
const items: readonly EngineItem[] = DURATIONS_MS.map((durationMs, i) => ({
  itemId: `${i}`,
  trackId: `${i}`,
  durationMs,
}));

function sequenceOf({ fadeMs = 0, repeats = false } = {}): Sequence {
  return {
    item: (itemId) => items.find((item) => item.itemId === itemId),
    follower: (item) => items[items.indexOf(item) + 1] ?? (repeats ? items[0] : undefined),
    fadeMs: () => fadeMs,
  };
}

const PACE: Pace = {
  itemId: '0',
  positionMs: 1_000,
  atMs: 500,
  playing: true,
  rate: 1,
  clockRate: 1,
  uncertaintyMs: 0,
};

const item = (index: number) => items[index] ?? fail();
const fail = (): never => {
  throw new Error('no such item');
};

describe('the place that a pace means', () => {
  it('stands where a start lies ahead, and from then on moves by rate and clock', () => {
    expect(placeAt(PACE, 100, sequenceOf())?.positionMs).toBe(1_000);
    const fast = { ...PACE, rate: 1.5, clockRate: 1.0002 };
    expect(placeAt(fast, 2_500, sequenceOf())?.positionMs).toBeCloseTo(1_000 + 2_000 * 1.5 * 1.0002, 6);
  });

  it('goes on into what follows, round after round where the queue does', () => {
    expect(placeAt(PACE, 9_600, sequenceOf())).toEqual({ item: item(1), positionMs: 100 });
    expect(placeAt(PACE, 24_000, sequenceOf({ repeats: true }))).toEqual({ item: item(0), positionMs: 500 });
    expect(placeAt(PACE, 24_000, sequenceOf())).toBeUndefined();
  });

  it('begins what follows earlier by what both sound together', () => {
    expect(placeAt(PACE, 9_600, sequenceOf({ fadeMs: 2_000 }))).toEqual({ item: item(1), positionMs: 2_100 });
  });

  it('stays in its item where nothing plays, and is unknown for an item that is not in the queue', () => {
    expect(placeAt({ ...PACE, playing: false }, 1e6, sequenceOf())?.positionMs).toBe(1_000);
    expect(placeAt({ ...PACE, itemId: 'gone' }, 0, sequenceOf())).toBeUndefined();
  });
});

describe('the error', () => {
  it('has one sign and one size, whichever of the two is past a border', () => {
    const sequence = sequenceOf({ fadeMs: 500 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1_000, max: 8_000 }),
        fc.integer({ min: -400, max: 400 }),
        (atMs, lateMs) => {
          // The engine is `lateMs` behind a pace that crosses from the first item into the second.
          const wanted = placeAt(PACE, 500 + atMs, sequence) ?? fail();
          const heard = placeAt(PACE, 500 + atMs - lateMs, sequence) ?? fail();
          expect(aheadMs(heard, wanted, sequence)).toBeCloseTo(-lateMs, 6);
        },
      ),
    );
  });

  it('takes the nearer way where an item follows itself', () => {
    const sequence = { ...sequenceOf(), follower: () => item(1) };
    const ahead = aheadMs({ item: item(1), positionMs: 10 }, { item: item(1), positionMs: 5_990 }, sequence);
    expect(ahead).toBe(20);
  });

  it('is none between items that do not follow each other', () => {
    const place = { item: item(0), positionMs: 0 };
    expect(aheadMs(place, { item: item(2), positionMs: 0 }, sequenceOf())).toBeUndefined();
  });
});

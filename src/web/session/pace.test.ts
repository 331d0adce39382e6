import { describe, expect, it } from 'vitest';
import { ClockEstimate, emptyState, type Motion, type PlaybackState } from '../../playback/session/index.ts';
import { paceOf } from './pace.ts';

/** Shared time is a million ahead of the device's, and goes equally fast. */
const OFFSET_MS = 1e6;

function clockOf(): ClockEstimate {
  const clock = new ClockEstimate();
  for (const localMs of [0, 100, 200])
    clock.add({ sentMs: localMs, receivedMs: localMs + 1, serverMs: localMs + 0.5 + OFFSET_MS });
  return clock;
}

function stateOf(main: Partial<Motion>, atMs = OFFSET_MS): PlaybackState {
  const items = [10_000, 5_000].map((durationMs, i) => ({ itemId: `${i}`, trackId: `tr-${i}`, durationMs }));
  return {
    ...emptyState('test'),
    atMs,
    queue: { version: 1, items, currentIndex: 0, repeat: 'off' },
    main: { positionMs: 0, atMs, playing: true, rate: 1, ...main },
  };
}

describe('the pace of a session', () => {
  it('is bound to now, on the clock of the device', () => {
    const pace = paceOf(stateOf({ positionMs: 500 }), clockOf(), 1_000);
    expect(pace).toMatchObject({
      itemId: '0',
      positionMs: expect.closeTo(1_500),
      atMs: 1_000,
      playing: true,
    });
    expect(pace?.uncertaintyMs).toBeGreaterThanOrEqual(0.5);
  });

  it('names the start that lies ahead', () => {
    const pace = paceOf(stateOf({ positionMs: 500, atMs: OFFSET_MS + 1_700 }), clockOf(), 1_000);
    expect(pace).toMatchObject({ positionMs: 500, atMs: expect.closeTo(1_700) });
  });

  it('has gone on to the item that the session has come to', () => {
    expect(paceOf(stateOf({}), clockOf(), 12_000)).toMatchObject({
      itemId: '1',
      positionMs: expect.closeTo(2_000),
    });
  });

  it('is earlier for an output that is heard too late', () => {
    const late = { delayMs: 150, fromMs: 0 };
    expect(paceOf(stateOf({}), clockOf(), 1_000, late)).toMatchObject({
      atMs: 850,
      positionMs: expect.closeTo(1_000),
    });
  });

  it('begins where an output takes over, and ends where it hands over', () => {
    const taking = { delayMs: 0, fromMs: OFFSET_MS + 3_000 };
    expect(paceOf(stateOf({}), clockOf(), 1_000, taking)).toMatchObject({
      positionMs: expect.closeTo(3_000),
      atMs: expect.closeTo(3_000),
    });
    const leaving = { delayMs: 50, fromMs: 0, untilMs: OFFSET_MS + 1_900 };
    expect(paceOf(stateOf({}), clockOf(), 1_000, leaving)?.untilMs).toBeCloseTo(1_850);
  });

  it('is none without a queue', () => {
    expect(paceOf(emptyState('test'), clockOf(), 0)).toBeUndefined();
  });
});

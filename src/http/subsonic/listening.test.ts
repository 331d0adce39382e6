import { beforeEach, describe, expect, it } from 'vitest';
import type { TrackId, UserId } from '../../core/index.ts';
import { createListening, type Heard } from './listening.ts';

const SONG = 1 as TrackId;
const NEXT = 2 as TrackId;
const LENGTH_MS = 200_000;

describe('a track counts as played', () => {
  let nowMs = 0;
  let listen = createListening(() => nowMs);

  beforeEach(() => {
    nowMs = 1_000;
    listen = createListening(() => nowMs);
  });

  function tell(state: Heard['state'], positionMs: number, change: Partial<Heard> = {}) {
    const player = { userId: 1 as UserId, clientName: 'phone', trackId: SONG, durationMs: LENGTH_MS };
    return listen({ ...player, state, positionMs, rate: 1, isUncounted: false, ...change });
  }

  it('once half of it was heard, from when it began, and once alone', () => {
    expect(tell('starting', 0)).toEqual([]);
    nowMs += 5_000;
    expect(tell('playing', 0)).toEqual([]);
    nowMs += 60_000;
    expect(tell('paused', 60_000)).toEqual([]);
    nowMs += 600_000;
    expect(tell('playing', 60_000)).toEqual([]);
    nowMs += 40_000;
    expect(tell('playing', 100_000)).toEqual([{ trackId: SONG, startedAtMs: 1_000 }]);
    nowMs += 100_000;
    expect(tell('stopped', LENGTH_MS)).toEqual([]);
  });

  it('after four minutes of a long one', () => {
    tell('playing', 0, { durationMs: 3_600_000 });
    nowMs += 239_000;
    expect(tell('playing', 239_000, { durationMs: 3_600_000 })).toEqual([]);
    nowMs += 1_000;
    expect(tell('playing', 240_000, { durationMs: 3_600_000 })).toHaveLength(1);
  });

  it('when the next one is told of, by a player that says no more', () => {
    tell('playing', 0);
    nowMs += LENGTH_MS;
    expect(tell('playing', 0, { trackId: NEXT })).toEqual([{ trackId: SONG, startedAtMs: 1_000 }]);
    nowMs += LENGTH_MS;
    expect(tell('starting', 0, { trackId: NEXT })).toEqual([{ trackId: NEXT, startedAtMs: 201_000 }]);
  });

  it('again when it is begun again', () => {
    tell('playing', 0);
    nowMs += LENGTH_MS;
    expect(tell('stopped', LENGTH_MS)).toHaveLength(1);
    nowMs += 1_000;
    tell('starting', 0);
    tell('playing', 0);
    nowMs += LENGTH_MS;
    expect(tell('stopped', LENGTH_MS)).toEqual([{ trackId: SONG, startedAtMs: 202_000 }]);
  });

  it('never by being sought through, or by silence after its end', () => {
    tell('playing', 0);
    nowMs += 10_000;
    tell('playing', 190_000);
    nowMs += 3_600_000;
    expect(tell('stopped', LENGTH_MS)).toEqual([]);
  });

  it('never where the player counts by itself', () => {
    tell('playing', 0, { isUncounted: true });
    nowMs += LENGTH_MS;
    expect(tell('stopped', LENGTH_MS)).toEqual([]);
  });
});

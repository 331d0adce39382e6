import { describe, expect, it } from 'vitest';
import { SessionScript } from '../../test/support/session-script.ts';
import type { QueueItem } from '../playback/session/index.ts';
import { aheadMs, type Heard, type Place, placeAt } from './place.ts';

function playing(...seconds: readonly number[]): SessionScript {
  return SessionScript.playing(...seconds);
}

function placeOf(script: SessionScript, inMs: number): Place {
  const place = placeAt(script.state, script.atMs + inMs);
  if (!place) throw new Error('there is nothing to play');
  return place;
}

describe('what is due at a log time', () => {
  it('is a place of the item that plays by then, with what follows it by itself', () => {
    const script = playing(10, 20);
    expect(placeOf(script, 4_000)).toMatchObject({
      item: { trackId: 'tr-0' },
      positionMs: 4_000,
      isPlaying: true,
      follower: { trackId: 'tr-1' },
      fadeMs: 0,
    });
    expect(placeOf(script, 12_000)).toMatchObject({
      item: { trackId: 'tr-1' },
      positionMs: 2_000,
      follower: undefined,
    });
  });

  it('is nothing without items, and stands while nothing plays', () => {
    expect(placeAt(new SessionScript().state, 5)).toBeUndefined();
    const script = playing(10);
    script.wait(3_000).send({ type: 'pause' });
    expect(placeOf(script, 60_000)).toMatchObject({ positionMs: 3_000, isPlaying: false });
  });

  it('has the same follower with one that is repeated, and none where it is the last before sleep', () => {
    const script = playing(10, 20);
    script.send({ type: 'queue.repeat', mode: 'one' });
    expect(placeOf(script, 0).follower?.trackId).toBe('tr-0');
    script.send({ type: 'queue.repeat', mode: 'off' });
    script.send({ type: 'sleep.item-end' });
    expect(placeOf(script, 0).follower).toBeUndefined();
  });

  it('fades into what follows for as long as both can', () => {
    const script = playing(10, 20);
    script.send({ type: 'crossfade', durationMs: 8_000 });
    expect(placeOf(script, 0).fadeMs).toBe(5_000);
  });
});

describe('how far ahead something is', () => {
  const item = (itemId: string): QueueItem => ({ itemId, trackId: itemId, durationMs: 10_000 });
  const [one, two] = [item('one'), item('two')];
  const heard = (at: QueueItem, positionMs: number, follower?: QueueItem): Heard => ({
    item: at,
    positionMs,
    follower,
    fadeMs: 0,
  });
  const place = (at: QueueItem, positionMs: number, follower?: QueueItem): Place => ({
    ...heard(at, positionMs, follower),
    rate: 1,
    isPlaying: true,
  });

  it('is counted within an item, and over a border that only one of the two has come past', () => {
    expect(aheadMs(heard(one, 500), place(one, 480))).toBe(20);
    expect(aheadMs(heard(one, 9_990, two), place(two, 5))).toBe(-15);
    expect(aheadMs(heard(two, 5), place(one, 9_990, two))).toBe(15);
  });

  it('is not known far from a border, nor between items that do not follow each other', () => {
    expect(aheadMs(heard(one, 5_000, two), place(two, 5))).toBeUndefined();
    expect(aheadMs(heard(one, 9_990, two), place(two, 4_000))).toBeUndefined();
    expect(aheadMs(heard(one, 9_990), place(two, 5))).toBeUndefined();
  });

  it('goes the shorter way round where one item follows itself', () => {
    expect(aheadMs(heard(one, 9_995, one), place(one, 5, one))).toBe(-10);
    expect(aheadMs(heard(one, 5, one), place(one, 9_995, one))).toBe(10);
  });
});

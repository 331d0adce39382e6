import { expect, test } from 'vitest';
import type { Track } from '../../api/index.ts';
import type { Queue } from './queue.ts';
import { parseSavedQueue, placeAmong, toSaved } from './saved-queue.ts';

function queueOf(count: number, currentIndex: number): Queue {
  const items = Array.from({ length: count }, (_, i) => ({
    itemId: `q${i}`,
    track: { id: `tr-${i}` } as Track,
  }));
  return { items, currentIndex };
}

test('what is saved of a queue is read back', () => {
  const saved = toSaved(queueOf(3, 1), 12_345.6, 99);
  expect(parseSavedQueue(JSON.stringify(saved))).toEqual({
    trackIds: ['tr-0', 'tr-1', 'tr-2'],
    currentIndex: 1,
    positionMs: 12_346,
    savedAtMs: 99,
  });
});

test('of a queue that is too long, the part around the current item is saved', () => {
  const saved = toSaved(queueOf(20_000, 15_000), 0, 0);
  expect(saved.trackIds.length).toBe(2_000);
  expect(saved.trackIds[saved.currentIndex]).toBe('tr-15000');
});

test('whatever else is stored is no queue', () => {
  for (const stored of [
    null,
    '',
    '{',
    '[]',
    '{"trackIds":[1],"currentIndex":0,"positionMs":0,"savedAtMs":0}',
  ]) {
    expect(parseSavedQueue(stored)).toBeUndefined();
  }
});

test('the place among what is left of a queue is the saved one, also of a track that stood there twice', () => {
  const left = (ids: string) => Array.from(ids, (id) => ({ id }) as Track);
  const place = (ids: string, currentIndex: number, rest: string) =>
    placeAmong(left(rest), { trackIds: Array.from(ids), currentIndex });
  expect(place('abab', 2, 'abab')).toEqual({ currentIndex: 2, isStill: true });
  expect(place('xaab', 1, 'aab')).toEqual({ currentIndex: 0, isStill: true });
  expect(place('axb', 1, 'ab')).toEqual({ currentIndex: 1, isStill: false });
  expect(place('abx', 2, 'ab')).toEqual({ currentIndex: 1, isStill: false });
});

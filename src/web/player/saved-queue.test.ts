import { expect, test } from 'vitest';
import { type Call, routes, type Track } from '../../api/index.ts';
import { DEFAULT_SETTINGS } from '../engine/settings.ts';
import { createPlayer } from './player.ts';
import type { Queue } from './queue.ts';
import { parseSavedQueue, placeAmong, restoreQueue, toSaved } from './saved-queue.ts';

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

const RESTORED = ['tr-0', 'tr-1', 'tr-2'];

/** What a page that was loaded anew comes back to; the server's queue is another one, and saved later. */
async function restored(savedHere: Readonly<Record<string, string>>, changedBy: string) {
  const player = createPlayer({
    connect: () => Promise.reject(new Error('nothing plays here')),
    settings: DEFAULT_SETTINGS,
    repeat: 'off',
    random: () => 0,
  });
  const tracks = RESTORED.map((id) => ({ id, durationMs: 90_000 }) as unknown as Track);
  const answers: Readonly<Record<string, unknown>> = {
    [routes.queue.path]: { tracks, currentIndex: 0, positionMs: 1_000, changedAtMs: 5_000, changedBy },
    [routes.tracksById.path]: { tracks },
  };
  const call = (({ path }: { path: string }) => Promise.resolve(answers[path])) as unknown as Call;
  const storage = { getItem: (key: string) => savedHere[key] ?? null } as unknown as Storage;
  await restoreQueue({ player, storage, call, callWhileLeaving: call, now: () => 0, newId: () => 'x' });
  return { currentIndex: player.state.queue.currentIndex, positionMs: player.positionMs() };
}

const SAVED_HERE = {
  'clef.queue': JSON.stringify({ trackIds: RESTORED, currentIndex: 2, positionMs: 27_000, savedAtMs: 4_000 }),
  'clef.queue.by': 'Clef one',
};

test('a save of this browser that reached the server late is not taken for a newer one', async () => {
  expect(await restored(SAVED_HERE, 'Clef one')).toEqual({ currentIndex: 2, positionMs: 27_000 });
});

test('what another browser saved since comes back, and in a browser that has saved nothing, whatever there is', async () => {
  const there = { currentIndex: 0, positionMs: 1_000 };
  expect(await restored(SAVED_HERE, 'Clef two')).toEqual(there);
  expect(await restored({}, 'Clef one')).toEqual(there);
});

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { action, emptyState, fold, type NewItem, type PlaybackState } from '../session/index.ts';
import * as v from 'valibot';
import { firstEntries } from './first-entries.ts';
import { stepToQueue } from './queue-steps.ts';

const PLAYER = 'player----------';

const lengths = fc.oneof(
  fc.nat(20),
  fc.constantFrom(4_999, 5_000, 5_001, 9_999, 10_000, 10_001, 14_000, 20_000),
);
const tracks = (from: number, length: number): NewItem[] =>
  Array.from({ length }, (_, i) => ({
    trackId: `tr-${((from + i) % 6_000).toString(36)}`,
    durationMs: 1_000,
  }));

test('any queue becomes any other in a few commands, each as long as commands may be', () => {
  fc.assert(
    fc.property(lengths, lengths, fc.nat(3), fc.nat(), (before, length, from, place) => {
      const currentIndex = length === 0 ? 0 : place % length;
      const wish = { items: tracks(from, length), currentIndex, isPlaceExact: true, positionMs: 500 };
      let state: PlaybackState = {
        ...emptyState('Test'),
        queue: {
          version: 1,
          items: tracks(0, before).map((item, i) => ({
            ...item,
            itemId: `${PLAYER}.${1 + Math.floor(i / 5_000)}-${i % 5_000}`,
          })),
          currentIndex: before === 0 ? -1 : 0,
          repeat: 'off',
        },
      };
      let seq = 0;
      for (;;) {
        const next = stepToQueue(state, wish);
        if (!next) break;
        seq++;
        const command = { cmdId: `${PLAYER}.${seq + 10}`, action: v.parse(action, next) };
        const { state: after, outcome } = fold(state, {
          seq,
          atMs: 0,
          clockId: 'clock',
          by: 'Test',
          command,
        });
        expect(outcome).toEqual({ kind: 'applied' });
        state = after;
      }
      expect(seq).toBeLessThanOrEqual(6);
      expect(state.queue.items.map(({ trackId }) => trackId)).toEqual(
        wish.items.map(({ trackId }) => trackId),
      );
      expect(state.queue.currentIndex).toBe(length === 0 ? -1 : currentIndex);
      expect(state.main.positionMs).toBe(length === 0 ? 0 : 500);
    }),
    { numRuns: 25 },
  );
});

test('a queue from before there were sessions is one that its player saved when it did', () => {
  const items = tracks(0, 12_000);
  const entries = firstEntries({
    items,
    currentIndex: 7_000,
    positionMs: 400,
    changedBy: 'Phone',
    changedAtMs: 90_000,
  });
  const states = entries.reduce(
    (state, entry, i) => fold(state, { seq: i + 1, ...entry }).state,
    emptyState('Test'),
  );
  expect(states.queue.items).toHaveLength(12_000);
  expect(states.queue.currentIndex).toBe(7_000);
  expect(states.main).toMatchObject({ positionMs: 400, playing: false });
  expect(states.changed).toEqual({ by: 'Phone', atMs: 90_000 });
  expect(firstEntries({ items: [], currentIndex: 0, positionMs: 0, changedBy: '', changedAtMs: 0 })).toEqual(
    [],
  );
});

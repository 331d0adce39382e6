import { expect, test } from 'vitest';
import { ClefError } from '../../core/index.ts';
import { type ChangedKey, Unfollowed } from './unfollowed.ts';

/** A feed that catches up when it is told to, and what tells of commits. */
function world() {
  let round = Promise.withResolvers<void>();
  let tell: (changed: readonly ChangedKey[] | undefined) => void = () => undefined;
  const unfollowed = new Unfollowed({ nextCaughtUp: () => round.promise }, (listener) => (tell = listener), [
    'track',
  ]);
  async function end(how: (waiting: PromiseWithResolvers<void>) => void): Promise<void> {
    const ended = round;
    round = Promise.withResolvers();
    how(ended);
    await new Promise(setImmediate);
  }
  return {
    unfollowed,
    commit: (...ids: number[]) => tell(ids.map((id) => ({ table: 'track', key: [7, id] }))),
    commitAnything: () => tell(undefined),
    catchUp: () => end(({ resolve }) => resolve()),
    fail: (code: 'catalog-offline' | 'not-ready') => end(({ reject }) => reject(new ClefError(code, 'no'))),
  };
}

test('nothing is certain until what is there was followed once', async () => {
  const { unfollowed, catchUp, fail } = world();
  expect(unfollowed.isBehind).toBe(true);
  await fail('catalog-offline');
  expect(unfollowed.isBehind).toBe(true);
  await catchUp();
  expect(unfollowed.isBehind).toBe(false);
});

test('a row counts as changed until a round that began after its commit has ended', async () => {
  const { unfollowed, commit, catchUp } = world();
  await catchUp();
  commit(1);
  commit(2);
  expect([1, 2, 3].map((id) => unfollowed.has('track', id))).toEqual([true, true, false]);
  await catchUp();
  // The wait began with the first commit.
  expect([1, 2].map((id) => unfollowed.has('track', id))).toEqual([false, true]);
  commit(1);
  await catchUp();
  expect([1, 2].map((id) => unfollowed.has('track', id))).toEqual([true, false]);
  await catchUp();
  expect(unfollowed.has('track', 1)).toBe(false);
});

test('where any row may have changed, and where too many have, all of it is behind', async () => {
  const { unfollowed, commit, commitAnything, catchUp } = world();
  await catchUp();
  commitAnything();
  expect(unfollowed.isBehind).toBe(true);
  await catchUp();
  expect(unfollowed.isBehind).toBe(false);
  commit(...Array.from({ length: 10_001 }, (_, id) => id));
  expect(unfollowed.isBehind).toBe(true);
  await catchUp();
  expect([unfollowed.isBehind, unfollowed.has('track', 1)]).toEqual([false, false]);
});

test('a feed that has ended is waited for no more, and what it left counts as changed', async () => {
  const { unfollowed, commit, catchUp, fail } = world();
  await catchUp();
  commit(1);
  await fail('not-ready');
  await catchUp();
  expect(unfollowed.has('track', 1)).toBe(true);
});

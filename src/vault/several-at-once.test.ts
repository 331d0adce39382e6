import { expect, it } from 'vitest';
import { severalAtOnce } from './several-at-once.ts';

it('does all of it, with so much under way and no more', async () => {
  const done: number[] = [];
  let [now, most] = [0, 0];
  await severalAtOnce(new Set([1, 2, 3, 4, 5, 6, 7]), 3, async (item) => {
    most = Math.max(most, ++now);
    await new Promise(setImmediate);
    now--;
    done.push(item);
  });
  expect(done.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(most).toBe(3);
});

it('begins nothing after a failure, and rejects with it once all has ended', async () => {
  const [begun, ended]: [number[], number[]] = [[], []];
  const all = severalAtOnce([1, 2, 3, 4, 5], 2, async (item) => {
    begun.push(item);
    if (item === 1) throw new Error('the first');
    await new Promise(setImmediate);
    ended.push(item);
  });
  await expect(all).rejects.toThrow('the first');
  expect([begun, ended]).toEqual([[1, 2], [2]]);
});

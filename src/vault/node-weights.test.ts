import { expect, test } from 'vitest';
import { nodeWeights } from './node-weights.ts';

const TIB = 2 ** 40;

test('a node takes as much as fits into it, unless a person said otherwise', () => {
  expect(nodeWeights([{ totalBytes: 4 * TIB }, { totalBytes: TIB }, { totalBytes: TIB, weight: 3 }])).toEqual(
    [4, 1, 3],
  );
});

test('a bucket, and a node that was never there, count as the middle one of the others', () => {
  const [, , bucket, absent] = nodeWeights([
    { totalBytes: 4 * TIB },
    { totalBytes: 2 * TIB },
    { totalBytes: 2 ** 50 },
    {},
  ]);
  expect([bucket, absent]).toEqual([3, 3]);
});

test('nodes of which nothing is known share alike', () => {
  expect(nodeWeights([{}, { totalBytes: 2 ** 50 }])).toEqual([1, 1]);
});

test('a node that is being emptied takes nothing, and counts for the others', () => {
  expect(nodeWeights([{ totalBytes: 4 * TIB, draining: true }, {}])).toEqual([0, 4]);
});

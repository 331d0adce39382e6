import { expect, test } from 'vitest';
import { assetBucket, digestOf, genreBucket, libraryBucket, userBucket } from './ids.ts';
import { shuffleOf } from './listings/track-lines.ts';

test('digests and buckets are what they always were: rows on disk lie by them', () => {
  // SHA-256("abc") begins ba7816bf 8f01cfea 414140de 5dae2223 (FIPS 180-4); 0xba78 is 47736, 632 mod 1024.
  expect(digestOf('abc')).toEqual({ vb: 632, digest: 'ungWv48Bz-pBQUDeXa4iIw' });
  expect(libraryBucket('00112233')).toBe(digestOf('library\u000000112233').vb);
  expect([genreBucket('rock'), userBucket('ann')]).toEqual([
    digestOf('genre\0rock').vb,
    digestOf('user\0ann').vb,
  ]);
  expect(assetBucket('04ff0000000000000000000000000000')).toBe(0x04ff % 1_024);
});

test('places on the shuffled line are what they always were, and spread', () => {
  const places = Array.from({ length: 1_000 }, (_, id) => shuffleOf(id));
  expect(new Set(places).size).toBe(1_000);
  expect(Math.min(...places)).toBeLessThan(2 ** 31 * 0.01);
  expect(Math.max(...places)).toBeGreaterThan(2 ** 31 * 0.99);
  expect(Math.max(...places)).toBeLessThan(2 ** 31);
  // fmix32(1) is 0x514e28b7; the lowest bit goes.
  expect(shuffleOf(1)).toBe(0x514e28b7 >>> 1);
});

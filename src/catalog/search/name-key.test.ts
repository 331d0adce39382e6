import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { nameHash, nameKey } from './name-key.ts';

test('spellings of one name share a key', () => {
  expect(nameKey('The Beatles')).toBe(nameKey('beatles'));
  expect(nameKey('AC/DC')).toBe(nameKey('acdc'));
  expect(nameKey('Sigur Rós')).toBe(nameKey('sigur ros'));
  expect(nameKey('love*')).toBe(nameKey('Love'));
});

test('a name that is an article, or nothing but marks, keeps it', () => {
  expect(nameKey('The The')).toBe('the');
  expect(nameKey('The')).toBe('the');
  expect(nameKey('!!!')).toBe('!!!');
  expect(nameKey('???')).not.toBe(nameKey('!!!'));
});

test('hashes are of 32 bits, and as published for FNV-1a', () => {
  // http://www.isthe.com/chongo/src/fnv/test_fnv.c
  expect(nameHash('')).toBe(0x811c9dc5);
  expect(nameHash('a')).toBe(0xe40c292c);
  expect(nameHash('foobar')).toBe(0xbf9cf968);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const hash = nameHash(text);
      expect(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32).toBe(true);
    }),
  );
});

import { expect, test } from 'vitest';
import { nameKey } from './name-key.ts';

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

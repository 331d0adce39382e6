import { expect, test } from 'vitest';
import { bareName } from './bare-name.ts';

test('spellings of one name come down to the same', () => {
  expect(bareName('The Beatles')).toBe(bareName('beatles'));
  expect(bareName('Los Lobos')).toBe(bareName('lobos'));
  expect(bareName('AC/DC')).toBe(bareName('acdc'));
  expect(bareName('Sigur Rós')).toBe(bareName('sigur ros'));
  expect(bareName('love*')).toBe(bareName('Love'));
});

test('a name that is an article, or nothing but marks, keeps it', () => {
  expect(bareName('The The')).toBe('the');
  expect(bareName('The')).toBe('the');
  expect(bareName('A')).toBe('a');
  expect(bareName('!!!')).toBe('!!!');
  expect(bareName('???')).not.toBe(bareName('!!!'));
});

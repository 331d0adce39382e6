import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareText, compoundKey, nameKey, sortKey } from './names.ts';

test('names that people take for the same have one key', () => {
  expect(nameKey('  Sigur   RÓS ')).toBe('sigur ros');
  expect(nameKey('Sigur Rós')).toBe(nameKey('sigur ros'));
  expect(nameKey('!!!')).toBe('!!!');
});

test('a name that folds to nothing keeps itself as its key', () => {
  expect(nameKey('\u0301')).toBe('\u0301');
});

test('a sort key leaves out the article and leading marks', () => {
  expect(sortKey('The Beatles')).toBe('beatles');
  expect(sortKey('…And You Will Know Us')).toBe('and you will know us');
  expect(sortKey('Theater')).toBe('theater');
  expect(sortKey('The')).toBe('the');
  expect(sortKey('!!!')).toBe('!!!');
});

test('a tagged sort name is taken as it is', () => {
  expect(sortKey('The Beatles', 'The Beatles')).toBe('the beatles');
  expect(sortKey('The Beatles', '')).toBe('beatles');
});

test('compound keys order by the first part, then by the next', () => {
  const keys = [compoundKey('air', 'z'), compoundKey('air supply', 'a'), compoundKey('air', 'a')];
  expect(keys.sort(compareText)).toEqual([
    compoundKey('air', 'a'),
    compoundKey('air', 'z'),
    compoundKey('air supply', 'a'),
  ]);
});

test('texts compare as their UTF-8 bytes do', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      expect(Math.sign(compareText(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
    }),
  );
});

test('keys are bounded, well-formed and their own keys', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
      const key = nameKey(name);
      expect(key.length).toBeLessThanOrEqual(160);
      expect(key.isWellFormed()).toBe(true);
    }),
  );
  expect(nameKey(`${'x'.repeat(159)}\u{1f3b5}`)).toHaveLength(160);
});

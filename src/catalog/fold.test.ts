import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fold } from './fold.ts';

test('accents and case are dropped in Latin, Greek and Cyrillic', () => {
  expect(fold('Björk')).toBe('bjork');
  expect(fold('SIGUR RÓS')).toBe('sigur ros');
  expect(fold('Ελλάδα')).toBe('ελλαδα');
  expect(fold('Виктор Цой')).toBe('виктор цои');
  expect(fold('Bjo\u0308rk')).toBe(fold('Björk'));
});

test('the dotted capital I of Turkish folds to i, the dotless one stays a letter of its own', () => {
  expect(fold('İstanbul')).toBe('istanbul');
  expect(fold('ışık')).toBe('ısık');
});

test('letters that only look accented stay', () => {
  expect(fold('Røyksopp')).toBe('røyksopp');
  expect(fold('Straße')).toBe('straße');
});

test('ligatures and full-width forms are spelled out', () => {
  expect(fold('ﬁre')).toBe('fire');
  expect(fold('ＡＢＣ')).toBe('abc');
  expect(fold('ﾊﾝﾊﾞｰｸﾞ')).toBe('ハンバーグ');
});

test('voiced marks of kana and vowel signs of Indic scripts stay', () => {
  expect(fold('ガ')).toBe('ガ');
  expect(fold('ガ')).not.toBe(fold('カ'));
  expect(fold('हिन्दी')).toBe('हिन्दी'.normalize('NFC'));
});

test('a capital word with a final sigma begins with the fold of its beginning', () => {
  expect(fold('ΑΣΑ').startsWith(fold('ΑΣ'))).toBe(true);
  expect(fold('Ὀδυσσεύς')).toBe(fold('ΟΔΥΣΣΕΥΣ'));
});

test('folding twice changes nothing, and neither does the form that the text came in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const folded = fold(text);
      expect(fold(folded)).toBe(folded);
      for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD']) expect(fold(text.normalize(form))).toBe(folded);
    }),
  );
});

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { asksForEverything, fieldTokens, queryTokens } from './tokens.ts';

const typed = (text: string) => queryTokens(text).map((token) => token.text);

test('words joined by marks are found apart and as one', () => {
  expect(fieldTokens('AC/DC')).toEqual(['ac', 'dc', 'acdc']);
  expect(fieldTokens("Don't Stop")).toEqual(['don', 't', 'dont', 'stop']);
  expect(fieldTokens('R.E.M.')).toEqual(['r', 'e', 'm', 'rem']);
});

test('an ampersand between words is found as and', () => {
  expect(fieldTokens('Simon & Garfunkel')).toEqual(['simon', 'and', 'garfunkel']);
  expect(typed('simon & garfunkel')).toEqual(['simon', 'garfunkel']);
});

test('letters without an accent to drop are found as people type them', () => {
  expect(fieldTokens('Røyksopp Straße Þór Łódź ışık')).toEqual([
    'royksopp',
    'strasse',
    'thor',
    'lodz',
    'isik',
  ]);
  expect(typed('Røyksopp')).toEqual(['royksopp']);
});

test('Arabic and Hebrew are found without points, by whichever form of a letter is typed', () => {
  expect(typed('أَحْمَد')).toEqual(typed('احمد'));
  expect(typed('فاطمة')).toEqual(typed('فاطمه'));
  expect(typed('مـوسـیقى')).toEqual(typed('موسيقي'));
  expect(typed('שָׁלוֹם')).toEqual(typed('שלומ'));
  expect(typed('ё')).toEqual(typed('е'));
});

test('unspaced scripts are cut into every two neighbours and the last character', () => {
  expect(fieldTokens('東京事変')).toEqual(['東京', '京事', '事変', '変']);
  expect(fieldTokens('娘')).toEqual(['娘']);
  expect(typed('京事変')).toEqual(['京事', '事変']);
  expect(queryTokens('東')).toEqual([{ text: '東', isWord: false, isPrefix: true }]);
  expect(fieldTokens('モーニング娘。2')).toEqual(['モー', 'ーニ', 'ニン', 'ング', 'グ娘', '娘', '2']);
});

test('a picture is a word, however it is dressed', () => {
  expect(fieldTokens('💔Love👩🏽‍❤️‍👨')).toEqual(['💔', 'love', '👩', '❤', '👨']);
  expect(typed('❤')).toEqual(typed('❤️'));
});

test('a name of nothing but marks is itself a word', () => {
  expect(fieldTokens('!!!')).toHaveLength(1);
  expect(typed('!!!')).toEqual(fieldTokens('!!!'));
  expect(typed('!!! love')).toEqual(['love']);
});

test('marks of query languages say nothing', () => {
  expect(typed('love*')).toEqual(['love']);
  expect(typed('"love" OR (hate) NOT ^x {a:b} +c -d NEAR(e f, 2)')).toEqual([
    'love',
    'or',
    'hate',
    'not',
    'x',
    'a',
    'b',
    'c',
    'd',
    'near',
    'e',
    'f',
  ]);
});

test('an empty text, quotes and asterisks ask for everything', () => {
  for (const text of ['', '  ', '""', "''", '*', '"*"']) expect(asksForEverything(text)).toBe(true);
  for (const text of ['a', '!', '"a"']) expect(asksForEverything(text)).toBe(false);
});

test('however long a text is, its tokens are few and short', () => {
  expect(queryTokens('a b '.repeat(1000) + 'word '.repeat(1000)).length).toBeLessThanOrEqual(12);
  expect(fieldTokens(Array.from({ length: 1000 }, (_, index) => `w${index}`).join(' '))).toHaveLength(128);
  expect(fieldTokens('x'.repeat(5000))).toEqual(['x'.repeat(48)]);
  expect(typed('x'.repeat(5000))).toEqual(['x'.repeat(48)]);
});

test('no token holds a mark that FTS5 gives a meaning to', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      for (const token of [...fieldTokens(text), ...typed(text)]) {
        expect(token).toMatch(/^[a-z0-9\u0080-\u{10ffff}]+$/u);
      }
    }),
  );
});

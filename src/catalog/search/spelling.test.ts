import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { mistakes, mistakesAllowed, swaps, trigramChoices, trigrams } from './spelling.ts';

const word = fc.string({
  unit: fc.constantFrom(...Array.from('abcdehilmnorst')),
  minLength: 4,
  maxLength: 14,
});

test('mistakes are insertions, deletions, substitutions and swapped neighbours', () => {
  expect(mistakes('beatles', 'beatles', 1)).toBe(0);
  expect(mistakes('beetles', 'beatles', 1)).toBe(1);
  expect(mistakes('betles', 'beatles', 1)).toBe(1);
  expect(mistakes('beattles', 'beatles', 2)).toBe(1);
  expect(mistakes('baetles', 'beatles', 1)).toBe(1);
  expect(mistakes('metalika', 'metallica', 2)).toBe(2);
});

test('a word far from the one typed is no candidate', () => {
  expect(mistakes('beatles', 'stones', 2)).toBeUndefined();
  expect(mistakes('abcd', 'abxy', 1)).toBeUndefined();
});

test('the beginning of a longer word counts half a mistake more', () => {
  expect(mistakes('metal', 'metallica', 1)).toBe(0.5);
  expect(mistakes('metel', 'metallica', 1)).toBe(1.5);
});

test('short words are left as they are, long ones may have two mistakes', () => {
  expect(['the', 'love', 'beatles', 'metallica'].map(mistakesAllowed)).toEqual([0, 1, 1, 2]);
});

/** One random edit that neither swaps nor leaves the word as it was. */
function edited(text: string, at: number, kind: number): string {
  const index = at % text.length;
  if (kind === 0) return text.slice(0, index) + text.slice(index + 1);
  if (kind === 1) return `${text.slice(0, index)}z${text.slice(index)}`;
  return `${text.slice(0, index)}z${text.slice(index + 1)}`;
}

test('every word within the mistakes allowed has one of the trigram choices whole', () => {
  fc.assert(
    fc.property(word, fc.nat(), fc.nat(2), fc.nat(), fc.nat(2), (meant, at, kind, secondAt, secondKind) => {
      let typed = edited(meant, at, kind);
      if (mistakesAllowed(typed) === 2) typed = edited(typed, secondAt, secondKind);
      fc.pre(mistakesAllowed(typed) > 0);
      fc.pre((mistakes(typed, meant, mistakesAllowed(typed)) ?? 9) <= mistakesAllowed(typed));
      const held = new Set(trigrams(meant));
      expect(trigramChoices(typed).some((grams) => grams.every((gram) => held.has(gram)))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('two swapped neighbours are among the swaps', () => {
  fc.assert(
    fc.property(word, fc.nat(), (meant, at) => {
      const index = at % (meant.length - 1);
      const typed = `${meant.slice(0, index)}${meant.charAt(index + 1)}${meant.charAt(index)}${meant.slice(index + 2)}`;
      fc.pre(typed !== meant);
      expect(swaps(typed)).toContain(meant);
    }),
  );
});

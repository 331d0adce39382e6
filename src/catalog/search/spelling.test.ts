import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { editsOf, mistakesIn, type Tolerance, tolerances, trigramChoices, trigrams } from './spelling.ts';

const word = fc.string({
  unit: fc.constantFrom(...Array.from('abcdehilmnorst')),
  minLength: 4,
  maxLength: 14,
});

const once: Tolerance = { mistakes: 1, reach: 'whole' };
const onceBegun: Tolerance = { mistakes: 1, reach: 'begun' };
const twice: Tolerance = { mistakes: 2, reach: 'whole' };

test('mistakes are insertions, deletions, substitutions and swapped neighbours', () => {
  expect(mistakesIn('beatles', 'beatles', once)).toBe(0);
  expect(mistakesIn('beetles', 'beatles', once)).toBe(1);
  expect(mistakesIn('betles', 'beatles', once)).toBe(1);
  expect(mistakesIn('beattles', 'beatles', twice)).toBe(1);
  expect(mistakesIn('baetles', 'beatles', once)).toBe(1);
  expect(mistakesIn('metalika', 'metallica', twice)).toBe(2);
});

test('a word far from the one typed is no candidate', () => {
  expect(mistakesIn('beatles', 'stones', twice)).toBeUndefined();
  expect(mistakesIn('abcd', 'abxy', once)).toBeUndefined();
  expect(mistakesIn('metel', 'metallica', once)).toBeUndefined();
});

test('what was typed may be the beginning of a longer word', () => {
  expect(mistakesIn('metal', 'metallica', onceBegun)).toBe(0);
  expect(mistakesIn('metel', 'metallica', onceBegun)).toBe(1);
});

test('long words may have two mistakes, and be beginnings', () => {
  expect(tolerances('the')).toEqual([once]);
  expect(tolerances('love')).toEqual([once]);
  expect(tolerances('beatles')).toEqual([once, onceBegun]);
  expect(tolerances('metallica')).toEqual([once, onceBegun, twice]);
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
      const first = edited(meant, at, kind);
      const held = new Set(trigrams(meant));
      for (const typed of [first, edited(first, secondAt, secondKind), first.slice(0, -2)]) {
        // Of shorter ones every edit is tried instead.
        if (typed.length < 4) continue;
        for (const tolerance of tolerances(typed)) {
          if (mistakesIn(typed, meant, tolerance) === undefined) continue;
          // Swapped neighbours are found by other means.
          if (swapped(typed).some((swap) => mistakesIn(swap, meant, { ...tolerance, mistakes: 0 }) === 0))
            continue;
          const choices = trigramChoices(typed, tolerance);
          expect(choices.every((grams) => grams.length > 0)).toBe(true);
          expect(choices.some((grams) => grams.every((gram) => held.has(gram)))).toBe(true);
        }
      }
    }),
    { numRuns: 500 },
  );
});

function swapped(text: string): string[] {
  return Array.from(
    text,
    (letter, at) => `${text.slice(0, at)}${text.charAt(at + 1)}${letter}${text.slice(at + 2)}`,
  );
}

test('every word one mistake away is among the edits, in each script', () => {
  for (const alphabet of [
    'abcdehilmnorst',
    'авдеиклмнорст',
    'αβγδεικλμνοπρστ',
    'אבגדהולמנרש',
    'ابتدرسعلمنوي',
  ]) {
    const letters = Array.from(alphabet);
    const meant = fc.string({ unit: fc.constantFrom(...letters), minLength: 2, maxLength: 9 });
    const letter = fc.constantFrom(...letters);
    fc.assert(
      fc.property(meant, fc.nat(), fc.nat(3), letter, (word, at, kind, other) => {
        const index = at % word.length;
        const [before, after] = [word.slice(0, index), word.slice(index + 1)];
        const typed = [
          `${before}${after}`,
          `${before}${other}${word.slice(index)}`,
          `${before}${other}${after}`,
          `${before}${after.charAt(0)}${word.charAt(index)}${after.slice(1)}`,
        ][kind];
        fc.pre(typed !== undefined && typed !== word);
        expect(editsOf(typed, (text) => word.startsWith(text))).toContain(word);
      }),
    );
  }
});

test('what is written in no alphabet has no edits, nor has a very long word', () => {
  expect(editsOf('東京', () => true)).toBeUndefined();
  expect(editsOf('a'.repeat(25), () => true)).toBeUndefined();
});

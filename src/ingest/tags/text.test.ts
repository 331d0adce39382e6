import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanLines, cleanList, cleanText, LONGEST_TEXT, MOST_VALUES, undeclaredText } from './clean.ts';
import { creditOf, uncut } from './credits.ts';
import { genresOf } from './genres.ts';
import { parseLyricsText } from './lyrics.ts';

const anyText = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
});

describe('cleaning', () => {
  test('what is left is well-formed, trimmed, bounded, on one line, and cleaning it again changes nothing', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.string({ minLength: 900, maxLength: 3000 })), (text) => {
        const clean = cleanText(text);
        if (clean === undefined) return;
        expect(clean.isWellFormed()).toBe(true);
        expect(clean).not.toMatch(/\p{Cc}|[\u2028\u2029\ufeff]/u);
        expect(clean.length).toBeLessThanOrEqual(LONGEST_TEXT);
        expect(clean).toBe(clean.trim());
        expect(cleanText(clean)).toBe(clean);
      }),
    );
  });

  test('lines stay lines', () => {
    expect(cleanLines('a\r\nb\rc\u2028d\u0000\u001b[1m')).toBe('a\nb\nc\nd[1m');
  });

  test('a cut never falls inside a character', () => {
    const text = cleanText(`${'x'.repeat(LONGEST_TEXT - 1)}🎵`);
    expect(text).toBe('x'.repeat(LONGEST_TEXT - 1));
  });

  test('lists lose empty and repeated values, and end', () => {
    expect(cleanList(['A', ' ', 'a', undefined, 7, 'B'])).toEqual(['A', '7', 'B']);
    expect(cleanList(Array.from({ length: 1000 }, (_, i) => `v${i}`))).toHaveLength(MOST_VALUES);
  });

  test('UTF-8 that was read as Latin-1 is put right, Latin-1 and everything else is left', () => {
    expect(undeclaredText('TÃ¯tle')).toBe('Tïtle');
    expect(undeclaredText('Tïtle')).toBe('Tïtle');
    expect(undeclaredText('plain')).toBe('plain');
    expect(undeclaredText('日本 Ã¯')).toBe('日本 Ã¯');
  });
});

describe('credits', () => {
  test('one tag may hold several names, and is still printed as it was', () => {
    expect(creditOf(['Queen / David Bowie'], [])).toEqual({
      display: 'Queen / David Bowie',
      names: ['Queen', 'David Bowie'],
    });
    expect(creditOf(['A feat. B; C'], []).names).toEqual(['A', 'B', 'C']);
  });

  test('names with slashes, ampersands and commas stay whole', () => {
    for (const name of [
      'AC/DC',
      'Simon & Garfunkel',
      'Earth, Wind & Fire',
      'Tyler, The Creator',
      'Featherweight',
    ]) {
      expect(creditOf([name], [])).toEqual({ display: name, names: [name] });
    }
  });

  test('several values are several names', () => {
    expect(creditOf(['A', 'B / C', 'D'], [])).toEqual({
      display: 'A, B / C & D',
      names: ['A', 'B / C', 'D'],
    });
  });

  test('a list of names beside the printed credit is believed', () => {
    expect(creditOf(['A ft. B'], ['A', 'B'])).toEqual({ display: 'A ft. B', names: ['A', 'B'] });
    expect(creditOf([], ['A', 'B'])).toEqual({ display: 'A & B', names: ['A', 'B'] });
  });

  test("the library's cut at a slash is undone unless as many ids say that it was right", () => {
    expect(uncut(['AC', 'DC'], 'AC/DC', 1)).toEqual(['AC/DC']);
    expect(uncut(['A', 'B'], 'A/B', 2)).toEqual(['A', 'B']);
    expect(uncut(['A', 'B'], 'other', 0)).toEqual(['A', 'B']);
    expect(uncut(['A', 'B'], undefined, 0)).toEqual(['A', 'B']);
  });
});

describe('genres', () => {
  test.each([
    [['17'], ['Rock']],
    [['(17)'], ['Rock']],
    [['(4)Eurodisco'], ['Disco', 'Eurodisco']],
    [['(31)(39)'], ['Trance', 'Noise']],
    [['(RX)'], ['Remix']],
    [['((Not a number)'], ['(Not a number)']],
    [['Rock; Pop, Folk | Jazz / Blues'], ['Rock', 'Pop', 'Folk', 'Jazz', 'Blues']],
    [
      ['Hip-Hop/Rap', 'R&B/Soul'],
      ['Hip-Hop/Rap', 'R&B/Soul'],
    ],
    [['Folk, World, & Country'], ['Folk, World, & Country']],
    [['Rock\0Pop'], ['Rock', 'Pop']],
    [['999', ''], ['999']],
    [['rock', 'Rock'], ['rock']],
  ])('%j is %j', (written, genres) => {
    expect(genresOf(written)).toEqual(genres);
  });
});

describe('lyrics', () => {
  test('LRC gives times, several to a line, in order, moved by its offset', () => {
    const text =
      '[ar:Nobody]\n[offset:+500]\n[00:12.50][01:02.5]Again\n[00:01:25]<00:01.30>First <00:02.00>words\n[00:20]';
    expect(parseLyricsText(text, 'ENG')).toEqual({
      language: 'eng',
      synced: true,
      lines: [
        { startMs: 750, text: 'First words' },
        { startMs: 12_000, text: 'Again' },
        { startMs: 19_500, text: '' },
        { startMs: 62_000, text: 'Again' },
      ],
    });
  });

  test('text without times keeps its lines', () => {
    expect(parseLyricsText('[ti:Song]\nOne\n\n[Chorus]\nTwo\r\n')).toEqual({
      language: 'xxx',
      synced: false,
      lines: [{ text: 'One' }, { text: '' }, { text: '[Chorus]' }, { text: 'Two' }],
    });
  });

  test('no text is no lyrics, and any text is bounded', () => {
    expect(parseLyricsText(' \n ')).toBeUndefined();
    expect(parseLyricsText('[00:01.00]')).toBeUndefined();
    const stamps = '[00:01.00]'.repeat(20_000);
    expect(parseLyricsText(`${stamps}x`)?.lines.length).toBeLessThanOrEqual(5_000);
    expect(parseLyricsText('x\n'.repeat(100_000))?.lines.length).toBeLessThanOrEqual(5_000);
  });
});

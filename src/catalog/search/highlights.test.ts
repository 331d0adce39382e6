import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { highlightsOf } from './highlights.ts';

function marked(query: string, title: string, artist = '', album = ''): string[] {
  const highlights = highlightsOf({ title, artist, album }, query);
  return Object.entries({ title, artist, album }).map(([field, text]) => {
    let result = '';
    let at = 0;
    for (const { start, end } of highlights[field as 'title'] ?? []) {
      result += `${text.slice(at, start)}[${text.slice(start, end)}]`;
      at = end;
    }
    return result + text.slice(at);
  });
}

test('the beginnings that were typed are marked in each text', () => {
  expect(marked('come beat', 'Come Together', 'The Beatles', 'Become')).toEqual([
    '[Come] Together',
    'The [Beat]les',
    'Become',
  ]);
});

test('letters are marked whole, whatever they fold to', () => {
  expect(marked('strasse saegl', 'Große Straße', 'Sæglópur')).toEqual(['Große [Straße]', '[Sægl]ópur', '']);
  expect(marked('hoppip', 'Hoppi\u0301polla')).toEqual(['[Hoppi\u0301p]olla', '', '']);
  expect(marked('елка', 'Ёлка')).toEqual(['[Ёлка]', '', '']);
});

test('signs of unspaced scripts are marked where they are, joined', () => {
  expect(marked('京事変', '東京事変の歌')).toEqual(['東[京事変]の歌', '', '']);
  expect(marked('変', '東京事変')).toEqual(['東京事[変]', '', '']);
});

test('a word that was meant is marked whole, where none is as typed', () => {
  expect(marked('beetles', 'Help!', 'The Beatles')).toEqual(['Help!', 'The [Beatles]', '']);
  expect(marked('beetles', 'Beetles', 'The Beatles')).toEqual(['[Beetles]', 'The Beatles', '']);
});

test('ranges are in order, apart and within the text', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 });
  fc.assert(
    fc.property(text, text, (title, query) => {
      let end = 0;
      for (const range of highlightsOf({ title, artist: '', album: '' }, query).title ?? []) {
        expect(range.start).toBeGreaterThanOrEqual(end);
        expect(range.end).toBeGreaterThan(range.start);
        end = range.end;
      }
      expect(end).toBeLessThanOrEqual(title.length);
    }),
    { numRuns: 300 },
  );
});

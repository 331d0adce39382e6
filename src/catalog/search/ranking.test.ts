import { expect, test } from 'vitest';
import { type Candidate, rank } from './ranking.ts';
import { nameHash } from './sqlite/name-hash.ts';
import { plain, queryTokens } from './tokens.ts';

let place = 0;

function candidate(title: string, artist = '', album = ''): Candidate {
  place++;
  return { place, id: place, title, artist, album, nameHash: nameHash(title) };
}

function ranked(text: string, candidates: readonly Candidate[], meant: readonly string[] = []): string[] {
  const words = queryTokens(text).map((token) => [
    token,
    ...meant.map((word) => ({ text: word, isWord: true, isPrefix: true })),
  ]);
  const query = { plainText: plain(text), words, nameHash: nameHash(text) };
  return rank(candidates, query).map(({ title }) => title);
}

test('the very name comes first, then the title, the artist, the album', () => {
  const found = [
    candidate('Song', 'Others', 'Queen'),
    candidate('Track', 'Queen'),
    candidate('Killer Queen'),
    candidate('The Queen'),
  ];
  expect(ranked('queen', found)).toEqual(['The Queen', 'Killer Queen', 'Track', 'Song']);
});

test('a whole word in the album comes before the beginning of one in the title', () => {
  const found = [candidate('Lovely'), candidate('Song', '', 'Love')];
  expect(ranked('love', found)).toEqual(['Song', 'Lovely']);
});

test('the more words match whole, the better, and a title that begins as typed comes before one that does not', () => {
  const found = [candidate('Lovely Melodies'), candidate('You Love Me'), candidate('Love Me Do')];
  expect(ranked('love me', found)).toEqual(['Love Me Do', 'You Love Me', 'Lovely Melodies']);
});

test('words are seen between marks, and in unspaced scripts anywhere', () => {
  const found = [candidate('xlove'), candidate('(Love)'), candidate('新東京')];
  expect(ranked('love', found)[0]).toBe('(Love)');
  expect(ranked('東京', found)[0]).toBe('新東京');
});

test('a word that was typed comes before one that was perhaps meant, and likelier ones before others', () => {
  const found = [candidate('Beagles'), candidate('Beatles'), candidate('Beetles')];
  expect(ranked('beetles', found, ['beatles', 'beagles'])).toEqual(['Beetles', 'Beatles', 'Beagles']);
});

test('equals keep the order of their places, and none comes twice', () => {
  const [first, second] = [candidate('Intro'), candidate('Intro', 'B')];
  expect(rank([second, first, second], { plainText: 'x', words: [], nameHash: 0 })).toEqual([first, second]);
});

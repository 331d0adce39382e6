import { cleanList, cleanText } from './clean.ts';
import { id3Genre } from './id3-genres.ts';

/** Discogs' one genre name that is itself a list. */
const WHOLE = /folk, world, (?:&|and) country/i;
const SEPARATORS = /\s*[;|,]\s*|\s+\/\s+/;
/** ID3v2.3: "(17)", "(4)Eurodisco", "(51)(39)"; "((" is a written parenthesis. */
const NUMBERED = /^\((\d{1,3}|RX|CR)\)/;

function named(code: string): string | undefined {
  if (code === 'RX') return 'Remix';
  if (code === 'CR') return 'Cover';
  return id3Genre(Number(code));
}

function* splitGenre(text: string): Generator<string> {
  let rest = text;
  for (let match = NUMBERED.exec(rest); match; match = NUMBERED.exec(rest)) {
    const genre = named(match[1] ?? '');
    if (genre !== undefined) yield genre;
    rest = rest.slice(match[0].length).trimStart();
  }
  if (rest.startsWith('((')) rest = rest.slice(1);
  if (rest === '') return;
  if (WHOLE.test(rest)) {
    yield rest;
    return;
  }
  for (const part of rest.split(SEPARATORS)) {
    yield /^\d{1,3}$/.test(part) ? (id3Genre(Number(part)) ?? part) : part;
  }
}

/** Genre tags as single genres: separated by `;`, `|`, `,` or a spaced `/`; numbers by their ID3v1 names. */
export function genresOf(values: Iterable<unknown>): string[] {
  const genres: string[] = [];
  for (const value of values) {
    const text = typeof value === 'string' ? cleanText(value.replaceAll('\0', ';')) : undefined;
    if (text !== undefined) genres.push(...splitGenre(text));
  }
  return cleanList(genres);
}

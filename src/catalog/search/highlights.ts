import { mistakesIn, tolerances } from './spelling.ts';
import { isWordChar, plain, type QueryToken, queryTokens } from './tokens.ts';

/** UTF-16 units of a text, half-open. */
export interface Range {
  start: number;
  end: number;
}

const FIELDS = ['title', 'artist', 'album'] as const;
type Field = (typeof FIELDS)[number];

/** Of each text what a query matched there, in order and apart; a text without a match is left out. */
export type Highlights = Partial<Record<Field, Range[]>>;

/**
 * Which characters of an item a query found it by: the beginning that was typed of a word, and the whole of a word that
 * was meant by a mistyped one.
 */
export function highlightsOf(item: Readonly<Record<Field, string>>, query: string): Highlights {
  const texts = FIELDS.map((field) => ({ field, text: comparable(item[field]), found: [] as Range[] }));
  for (const token of queryTokens(query)) {
    let isFound = false;
    for (const { text, found } of texts) {
      const ranges = occurrences(text.plain, token);
      found.push(...ranges.map((range) => text.original(range)));
      isFound ||= ranges.length > 0;
    }
    if (isFound || !token.isWord) continue;
    for (const { text, found } of texts)
      found.push(...meantBy(text.plain, token.text).map((range) => text.original(range)));
  }
  return Object.fromEntries(
    texts.flatMap(({ field, found }) => (found.length > 0 ? [[field, joined(found)]] : [])),
  );
}

interface Comparable {
  readonly plain: string;
  original(range: Range): Range;
}

// A letter with its accents: they are folded together.
const LETTER = /\P{M}\p{M}*|\p{M}+/gsu;

/** The text as queries are compared with it, and the way back. */
function comparable(text: string): Comparable {
  const starts: number[] = [];
  const ends: number[] = [];
  let spelled = '';
  for (const { 0: letter, index } of text.matchAll(LETTER)) {
    const written = plain(letter);
    for (let unit = 0; unit < written.length; unit++) {
      starts.push(index);
      ends.push(index + letter.length);
    }
    spelled += written;
  }
  return {
    plain: spelled,
    original: ({ start, end }) => ({ start: starts[start] ?? 0, end: ends[end - 1] ?? 0 }),
  };
}

function occurrences(text: string, { text: token, isPrefix, isWord }: QueryToken): Range[] {
  const ranges: Range[] = [];
  for (let at = text.indexOf(token); at >= 0; at = text.indexOf(token, at + 1)) {
    // Signs of an unspaced text are found anywhere, words by their beginnings.
    if (isPrefix && isWord && at > 0 && isWordChar(text, at - 1)) continue;
    ranges.push({ start: at, end: at + token.length });
  }
  return ranges;
}

const WORD = /[\p{L}\p{M}\p{N}]+/gu;

function meantBy(text: string, typed: string): Range[] {
  const words = Array.from(text.matchAll(WORD), ({ 0: word, index }) => ({ word, index }));
  for (const tolerance of tolerances(typed)) {
    const near = words.filter(({ word }) => mistakesIn(typed, word, tolerance) !== undefined);
    if (near.length > 0) return near.map(({ word, index }) => ({ start: index, end: index + word.length }));
  }
  return [];
}

function joined(ranges: readonly Range[]): Range[] {
  const apart: Range[] = [];
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = apart.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else apart.push({ start, end });
  }
  return apart;
}

import type { QueryToken } from '../tokens.ts';

// In private use planes: no word, mark or picture begins so.
const ELSEWHERE_BASE = 0xf0000;
const LIBRARY_BASE = 0x100000;
const BEYOND_BMP_MARK_CODE = 0xe002;
const BEYOND_BMP_MARK = String.fromCodePoint(BEYOND_BMP_MARK_CODE);
const LAST_OF_BMP = 0xffff;

/** How a token is written that an item has in its artist or album, and not in its title. */
export function elsewhereToken(token: string): string {
  const first = token.codePointAt(0) ?? 0;
  // Not by a mark before the token: each item would have it, and beginnings would be one character shorter.
  if (first > LAST_OF_BMP) return `${BEYOND_BMP_MARK}${token}`;
  return `${String.fromCodePoint(ELSEWHERE_BASE + first)}${token.slice(1)}`;
}

/** SQL for the token that a term of the index stands for; null for one that stands for a library. */
export const TOKEN_OF_TERM = `CASE
  WHEN unicode(term) >= ${LIBRARY_BASE} THEN NULL
  WHEN unicode(term) >= ${ELSEWHERE_BASE} THEN char(unicode(term) - ${ELSEWHERE_BASE}) || substr(term, 2)
  WHEN unicode(term) = ${BEYOND_BMP_MARK_CODE} THEN substr(term, 2)
  ELSE term END`;

/** The token that every item of a library carries, so that a search in one library is one more word. */
export function libraryToken(libraryNumber: number): string {
  return String.fromCodePoint(LIBRARY_BASE + libraryNumber);
}

export interface Terms {
  readonly tokens: readonly QueryToken[];
  readonly libraryToken: string | undefined;
  /** Of beginnings that have no posting list of their own: the words that begin so. */
  readonly begunWords: ReadonlyMap<string, readonly string[]>;
}

/** How much of a word must be there: any beginning of it, all of it, or all but of the last word. */
export type Strictness = 'begun' | 'whole' | 'last-begun';

/** Where words are looked for: in the title alone, or in artist and album too. */
export type Field = 'any' | 'title';

/**
 * An FTS5 expression that every token must match. Tokens hold no ASCII marks, so quoting needs no escape
 * and nothing typed can be an operator.
 */
export function matchExpression(terms: Terms, strictness: Strictness, field: Field): string {
  const { tokens } = terms;
  const words = tokens.map((token, index) => {
    const mayBeBegun = strictness === 'begun' || (strictness === 'last-begun' && index === tokens.length - 1);
    return asTyped(token, mayBeBegun, terms, field);
  });
  return inLibrary(words, terms.libraryToken);
}

/**
 * What a query may have meant: for some of its tokens words to look for instead, or none where the token does not
 * count.
 */
export type Reading = ReadonlyMap<string, readonly string[]>;

/** Undefined where nothing would be left to look for. */
export function readingExpression(terms: Terms, reading: Reading, field: Field): string | undefined {
  const words = terms.tokens.flatMap((token) => {
    const meant = reading.get(token.text);
    if (!meant) return [asTyped(token, true, terms, field)];
    return meant.length === 0 ? [] : [anyOf(meant, false, field)];
  });
  return words.length === 0 ? undefined : inLibrary(words, terms.libraryToken);
}

function asTyped(
  { text, isPrefix }: QueryToken,
  mayBeBegun: boolean,
  { begunWords }: Terms,
  field: Field,
): string {
  if (!isPrefix || !mayBeBegun) return anyOf([text], false, field);
  const words = begunWords.get(text);
  return words ? anyOf(words, false, field) : anyOf([text], true, field);
}

function anyOf(words: readonly string[], areBeginnings: boolean, field: Field): string {
  const terms = words.flatMap((word) => (field === 'title' ? [word] : [word, elsewhereToken(word)]));
  const quoted = terms.map((text) => `"${text}"${areBeginnings ? '*' : ''}`);
  return quoted.length === 1 ? quoted.join('') : `(${quoted.join(' OR ')})`;
}

function inLibrary(words: readonly string[], token: string | undefined): string {
  return (token === undefined ? words : [...words, `"${token}"`]).join(' AND ');
}

import type { QueryToken } from '../tokens.ts';

// Private use characters: no word, mark or picture is written with these.
const TITLE_MARK = '\u{e002}';
const LIBRARY_BASE = 0xf0000;

/** Every token of a title is there a second time as this, so that titles can be asked for alone. */
export function titleToken(token: string): string {
  return `${TITLE_MARK}${token}`;
}

/** The token that every item of a library carries, so that a search in one library is one more word. */
export function libraryToken(libraryNumber: number): string {
  return String.fromCodePoint(LIBRARY_BASE + libraryNumber);
}

export interface Terms {
  readonly tokens: readonly QueryToken[];
  readonly libraryToken: string | undefined;
}

/** How much of a word must be there: any beginning of it, all of it, or all but of the last word. */
export type Strictness = 'begun' | 'whole' | 'last-begun';

/**
 * An FTS5 expression that every token must match. Tokens hold no ASCII marks, so quoting needs no escape
 * and nothing typed can be an operator.
 */
export function matchExpression(
  { tokens, libraryToken }: Terms,
  strictness: Strictness,
  field: 'any' | 'title' = 'any',
): string {
  const terms = tokens.map(({ text, isPrefix }, index) => {
    const mayBeBegun = strictness === 'begun' || (strictness === 'last-begun' && index === tokens.length - 1);
    return term(field === 'title' ? titleToken(text) : text, isPrefix && mayBeBegun);
  });
  return inLibrary(terms, libraryToken);
}

/** Each token as typed, or one of the words that it may have been meant as. */
export function correctedExpression(
  { tokens, libraryToken }: Terms,
  meant: ReadonlyMap<string, readonly string[]>,
): string {
  const terms = tokens.map(({ text, isPrefix }) => {
    const words = (meant.get(text) ?? []).map((word) => term(word, false));
    return `(${[term(text, isPrefix), ...words].join(' OR ')})`;
  });
  return inLibrary(terms, libraryToken);
}

function term(text: string, isBeginning: boolean): string {
  return `"${text}"${isBeginning ? '*' : ''}`;
}

function inLibrary(terms: readonly string[], token: string | undefined): string {
  return (token === undefined ? terms : [...terms, term(token, false)]).join(' AND ');
}

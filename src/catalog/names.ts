import { fold } from './fold.ts';

/** Left out where names are ordered; also what OpenSubsonic announces as `ignoredArticles`. */
export const IGNORED_ARTICLES = ['The', 'El', 'La', 'Los', 'Las', 'Le', 'Les', 'Os', 'As', 'O', 'A'] as const;

const ARTICLE = new RegExp(`^(?:${IGNORED_ARTICLES.map((article) => article.toLowerCase()).join('|')}) +`);
const LEADING_MARKS = /^[^\p{L}\p{N}]+(?=.*[\p{L}\p{N}])/u;
/** Characters of a key that an index orders by; names that differ later only are ordered by id. */
const MAX_KEY_CHARACTERS = 160;
/** Below every character of a name, so that "Air" stays before "Air Supply" whatever follows. */
const KEY_SEPARATOR = '\u0001';

/** Folded, with single spaces and no control characters: two names with one key are the same name. */
export function nameKey(name: string): string {
  const key = fold(name)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return (key === '' ? name : key).slice(0, MAX_KEY_CHARACTERS).toWellFormed();
}

/** What a list orders by: the tagged sort name as it is, else the name without article and leading marks. */
export function sortKey(name: string, sortName?: string | null): string {
  if (sortName) return nameKey(sortName);
  return nameKey(name).replace(LEADING_MARKS, '').replace(ARTICLE, '');
}

/** Orders by the first key, then by the next. */
export function compoundKey(...keys: readonly string[]): string {
  return keys.join(KEY_SEPARATOR);
}

/** In the order of code points, as SQL compares: JavaScript's own order puts emoji before some letters. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left === right) continue;
    // Surrogates stand for code points above every other unit.
    const isLeftHigh = left >= 0xd800 && left <= 0xdfff;
    const isRightHigh = right >= 0xd800 && right <= 0xdfff;
    if (isLeftHigh === isRightHigh) return left - right;
    return isLeftHigh ? 1 : -1;
  }
  return a.length - b.length;
}

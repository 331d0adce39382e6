import { plain } from './tokens.ts';

const ARTICLE = /^the\s+(?=\S)/;
const NOT_NAMING = /[^\p{L}\p{M}\p{N}\p{So}\p{Sm}\p{Sc}]+/gu;

/**
 * What two spellings of one name share: "The Beatles" and "beatles", "AC/DC" and "acdc". A name of
 * nothing but marks is its own key.
 */
export function nameKey(text: string): string {
  const folded = plain(text).trim().replace(ARTICLE, '');
  return folded.replace(NOT_NAMING, '') || folded;
}

/** FNV-1a, 32 bits, over UTF-16 units: finds names by an index of integers. Equal hashes prove nothing. */
export function nameHash(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

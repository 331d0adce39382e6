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

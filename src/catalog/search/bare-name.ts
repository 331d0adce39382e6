import { IGNORED_ARTICLES } from '../names.ts';
import { plain } from './tokens.ts';

const ARTICLE = new RegExp(`^(?:${IGNORED_ARTICLES.join('|')})\\s+(?=\\S)`, 'i');
const NOT_NAMING = /[^\p{L}\p{M}\p{N}\p{So}\p{Sm}\p{Sc}]+/gu;

/**
 * What the spellings of one name share: "The Beatles" and "beatles", "AC/DC" and "acdc". A name of nothing but
 * marks stays as it is.
 */
export function bareName(text: string): string {
  const name = plain(text).trim().replace(ARTICLE, '');
  return name.replace(NOT_NAMING, '') || name;
}

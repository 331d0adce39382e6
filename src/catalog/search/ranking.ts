import { isWordChar, type QueryToken, plain } from './tokens.ts';

/** A row that the index found, with the texts that ranking looks at. */
export interface Candidate {
  /** Lower is more popular, then older. */
  readonly place: number;
  readonly id: number;
  readonly title: string;
  readonly artist: string;
  readonly album: string;
  readonly nameHash: number;
}

export interface RankedQuery {
  /** The text as typed, in its plain form. */
  readonly plainText: string;
  /** For each word that was typed: the word, then those it may have been meant as, the likeliest first. */
  readonly words: readonly (readonly QueryToken[])[];
  readonly nameHash: number;
}

// A word found whole counts over one found by its beginning, wherever that is; then title over artist
// over album.
const WHOLE = 3;
const TITLE = 3;
const ARTIST = 2;
const ALBUM = 1;
// Less than any difference in how the words match.
const TITLE_BEGINS = 0.5;
const LESS_LIKELY = 0.1;
const LEAST_LIKELY = 0.9;
// More than all words together can bring.
const NAMED_SO = 1000;

/** Best first, each once; equal matches by popularity. */
export function rank(candidates: readonly Candidate[], query: RankedQuery): Candidate[] {
  const distinct = new Map(candidates.map((candidate) => [candidate.place, candidate]));
  return [...distinct.values()]
    .map((candidate) => ({ candidate, score: score(candidate, query) }))
    .sort((a, b) => b.score - a.score || a.candidate.place - b.candidate.place)
    .map(({ candidate }) => candidate);
}

function score(candidate: Candidate, query: RankedQuery): number {
  const title = plain(candidate.title);
  // Most words are in the title, and what else there is need not be looked at.
  const artist = once(() => plain(candidate.artist));
  const album = once(() => plain(candidate.album));
  let sum = candidate.nameHash === query.nameHash ? NAMED_SO : 0;
  for (const alternatives of query.words) {
    let best = 0;
    for (const [index, token] of alternatives.entries()) {
      const less = Math.min(index * LESS_LIKELY, LEAST_LIKELY);
      if (best < TITLE + WHOLE - less) best = Math.max(best, weight(title, token, TITLE) - less);
      if (best < ARTIST + WHOLE - less) best = Math.max(best, weight(artist(), token, ARTIST) - less);
      if (best < ALBUM + WHOLE - less) best = Math.max(best, weight(album(), token, ALBUM) - less);
    }
    sum += best;
  }
  return title.startsWith(query.plainText) ? sum + TITLE_BEGINS : sum;
}

function once(make: () => string): () => string {
  let made: string | undefined;
  return () => (made ??= make());
}

function weight(text: string, token: QueryToken, field: number): number {
  let best = 0;
  for (let at = text.indexOf(token.text); at >= 0; at = text.indexOf(token.text, at + 1)) {
    if (token.isPrefix) {
      if (at > 0 && isWordChar(text, at - 1)) continue;
      const end = at + token.text.length;
      if (end < text.length && isWordChar(text, end)) {
        best = field;
        continue;
      }
    }
    return field + WHOLE;
  }
  return best;
}

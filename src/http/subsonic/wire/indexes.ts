import type { ArtistView } from '../../../catalog/port.ts';

/** Left out at the start of a name when it is sorted, as Subsonic lists them for players. */
export const IGNORED_ARTICLES = 'The El La Los Las Le Les';

const ARTICLE = new RegExp(`^(?:${IGNORED_ARTICLES.replaceAll(' ', '|')})\\s+(?=\\S)`, 'i');
const OTHER = '#';
/** Thousands of characters each: an index of them would be as long as the list. */
const LOGOGRAPHIC = /^\p{Script=Han}/u;

export interface IndexGroup {
  readonly name: string;
  readonly artists: readonly ArtistView[];
}

/** Artists by the first letter of their sort name, in the order of the letters; digits and signs last. */
export function groupByInitial(artists: readonly ArtistView[]): readonly IndexGroup[] {
  const groups = new Map<string, ArtistView[]>();
  for (const artist of artists) {
    const initial = initialOf(artist.sortName ?? artist.name.replace(ARTICLE, ''));
    const group = groups.get(initial);
    if (group) group.push(artist);
    else groups.set(initial, [artist]);
  }
  return Array.from(groups, ([name, members]) => ({ name, artists: members })).sort(byInitial);
}

/** `É` counts as E, a Hangul syllable as its first consonant. */
function initialOf(name: string): string {
  const [first = ''] = name.trimStart().normalize('NFKD');
  return /^\p{L}/u.test(first) && !LOGOGRAPHIC.test(first) ? first.toUpperCase() : OTHER;
}

function byInitial(a: IndexGroup, b: IndexGroup): number {
  if (a.name === OTHER) return b.name === OTHER ? 0 : 1;
  if (b.name === OTHER) return -1;
  return a.name < b.name ? -1 : 1;
}

import { type ArtistView, sortKey } from '../../../catalog/index.ts';

const OTHER = '#';
/** Thousands of characters each: an index of them would be as long as the list. */
const LOGOGRAPHIC = /^\p{Script=Han}/u;

export interface IndexGroup {
  readonly name: string;
  readonly artists: readonly ArtistView[];
}

/** Artists by the first letter of what the catalogue orders them by, in the order of the letters; digits and signs last. */
export function groupByInitial(artists: readonly ArtistView[]): readonly IndexGroup[] {
  const groups = new Map<string, ArtistView[]>();
  for (const artist of artists) {
    const initial = initialOf(sortKey(artist.name, artist.sortName));
    const group = groups.get(initial);
    if (group) group.push(artist);
    else groups.set(initial, [artist]);
  }
  return Array.from(groups, ([name, members]) => ({ name, artists: members })).sort(byInitial);
}

/** A Hangul syllable counts as its first consonant. */
function initialOf(key: string): string {
  const [first = ''] = key.normalize('NFKD');
  return /^\p{L}/u.test(first) && !LOGOGRAPHIC.test(first) ? first.toUpperCase() : OTHER;
}

function byInitial(a: IndexGroup, b: IndexGroup): number {
  if (a.name === OTHER) return b.name === OTHER ? 0 : 1;
  if (b.name === OTHER) return -1;
  return a.name < b.name ? -1 : 1;
}

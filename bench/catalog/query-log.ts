import { seededRandom } from '../../test/support/random.ts';
import { type GeneratedTrack, generatedTracks } from './music.ts';
import { pick, type Script } from './words.ts';

type Random = () => number;

/** What somebody looks for, in full. */
export interface Search {
  readonly script: Script;
  readonly text: string;
}

/** A search with one typing error, for a track that has all its words. */
export interface MistypedSearch extends Search {
  readonly wanted: GeneratedTrack;
}

const SUFFIX = /(?: \(.*\)|, Pt\. 2| - Radio Edit)$/;

/** So many tracks, one half of them as likely as they are played, the other all alike. */
export function sampledTracks(trackCount: number, sampleCount: number, seed = 1): GeneratedTrack[] {
  const random = seededRandom(seed + 1);
  const plain = sampleCount / trackCount;
  // Of Zipf's law: what one play adds to the chance, so that it comes to as much over all.
  const ofOnePlay = sampleCount / (0.3 * trackCount * Math.log(0.3 * trackCount));
  const tracks: GeneratedTrack[] = [];
  for (const track of generatedTracks(trackCount, seed))
    if (random() < plain + ofOnePlay * track.playCount) tracks.push(track);
  return shuffled(tracks, random).slice(0, sampleCount);
}

/** Titles, artists, albums, and words of title and artist in either order. */
export function searchesFor(tracks: readonly GeneratedTrack[], seed = 1): Search[] {
  const random = seededRandom(seed + 2);
  return tracks.map((track) => {
    const { script, name } = track.album.artist;
    const title = track.title.replace(SUFFIX, '');
    const mixed = shuffled([pick(title.split(' '), random), pick(name.split(' '), random)], random).join(' ');
    return { script, text: pick([title, name, track.album.title, mixed, `${name} ${title}`], random) };
  });
}

/**
 * As each stands after every key: a letter a key, but for Hangul, whose syllables grow by the keys of their
 * letters, and ideographs, which come as they were chosen.
 */
export function typed({ text }: Search): string[] {
  const states: string[] = [];
  const keys = Array.from(text.toLowerCase().normalize('NFC')).flatMap((char) =>
    /\p{Script=Hangul}/u.test(char) ? Array.from(char.normalize('NFD')) : [char],
  );
  let before = '';
  for (const key of keys) {
    before += key;
    states.push(before.normalize('NFC'));
  }
  return states;
}

/** Title and artist in either order, with one letter left out, put in, exchanged or swapped with the next. */
export function mistypedSearches(tracks: readonly GeneratedTrack[], seed = 1): MistypedSearch[] {
  const random = seededRandom(seed + 3);
  return tracks.map((wanted) => {
    const { artist } = wanted.album;
    const words = shuffled([wanted.title.replace(SUFFIX, ''), artist.name], random).join(' ');
    return { script: artist.script, text: mistyped(words.toLowerCase(), random), wanted };
  });
}

function mistyped(text: string, random: Random): string {
  const letters = Array.from(text);
  const places = letters.flatMap((letter, place) => (letter === ' ' ? [] : [place]));
  const place = pick(places, random);
  const letter = letters[place] ?? '';
  const next = letters[place + 1];
  // Another letter of the same text is one of the same script.
  const other = letters[pick(places, random)] ?? '';
  switch (Math.floor(random() * 4)) {
    case 0:
      letters[place] = '';
      break;
    case 1:
      letters[place] = `${letter}${other}`;
      break;
    case 2:
      letters[place] = other;
      break;
    default:
      if (next === undefined || next === ' ') letters[place] = '';
      else letters.splice(place, 2, next, letter);
  }
  const result = letters.join('');
  return result === text ? mistyped(text, random) : result;
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  return items
    .map((item) => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

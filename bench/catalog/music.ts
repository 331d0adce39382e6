import { seededRandom } from '../../test/support/random.ts';
import { pick, SCRIPTS, type Script, scriptAt, Words } from './words.ts';

export interface GeneratedArtist {
  /** In the order in which they appear, as with albums and tracks. */
  readonly index: number;
  readonly name: string;
  readonly script: Script;
  readonly playCount: number;
}

export interface GeneratedAlbum {
  readonly index: number;
  readonly title: string;
  readonly artist: GeneratedArtist;
  readonly year: number;
  readonly genre: string;
  readonly playCount: number;
}

export interface GeneratedTrack {
  readonly index: number;
  readonly title: string;
  readonly album: GeneratedAlbum;
  /** On its album, from 1. */
  readonly number: number;
  /** The album's artist, now and then with a guest. */
  readonly displayArtist: string;
  readonly durationMs: number;
  readonly playCount: number;
}

const MEAN_TRACKS_AN_ALBUM = 11;
const MEAN_ALBUMS_AN_ARTIST = 2.5;
/** Of all items of a kind: the others were never played. */
const PLAYED_SHARE = 0.3;
/** Artists outside the Latin script name things in it so often. */
const LATIN_TITLE_SHARE = 0.15;
const SUFFIXES = [
  ' (Live)',
  ' (Remastered)',
  ' (feat. The Guests)',
  ', Pt. 2',
  ' - Radio Edit',
  ' (Instrumental)',
];
const GENRES = [
  'Rock',
  'Pop',
  'Jazz',
  'Electronic',
  'Hip-Hop',
  'Classical',
  'Folk',
  'Metal',
  'Soul',
  'Reggae',
];

/**
 * A collection in album order, made as it is asked for: artists of all scripts with albums of tracks, names of
 * words that fall off as 1/rank, and plays that do so too. One seed and one count give one collection.
 */
export function* generatedTracks(count: number, seed = 1): Generator<GeneratedTrack> {
  const naming = new Naming(seed);
  const random = seededRandom(seed);
  const artistCount = Math.max(1, Math.ceil(count / (MEAN_TRACKS_AN_ALBUM * MEAN_ALBUMS_AN_ARTIST)));
  const albumCount = artistCount * MEAN_ALBUMS_AN_ARTIST;
  let artistsSoFar = 0;
  let albumIndex = 0;
  let index = 0;
  while (index < count) {
    // The first ones have more albums than those that come late.
    const artistIndex = Math.min(artistsSoFar, Math.floor(artistCount * random() ** 1.5));
    artistsSoFar = Math.max(artistsSoFar, artistIndex + 1);
    const artist = naming.artist(artistIndex, artistCount);
    const album: GeneratedAlbum = {
      index: albumIndex++,
      title: naming.title(artist.script, random, 3.5),
      artist,
      year: 1950 + Math.floor(75 * Math.sqrt(random())),
      genre: pick(GENRES, random),
      playCount: plays(random, albumCount),
    };
    const trackCount = Math.min(count - index, 1 + Math.floor(random() * (MEAN_TRACKS_AN_ALBUM * 2 - 1)));
    for (let number = 1; number <= trackCount; number++) {
      const guest = random() < 0.05 ? Math.floor(random() * artistsSoFar) : undefined;
      yield {
        index: index++,
        title: `${naming.title(artist.script, random, 4.5)}${random() < 0.12 ? pick(SUFFIXES, random) : ''}`,
        album,
        number,
        displayArtist:
          guest === undefined
            ? artist.name
            : `${artist.name} feat. ${naming.artist(guest, artistCount).name}`,
        durationMs: 60_000 + Math.floor(random() * 300_000),
        playCount: plays(random, count),
      };
    }
  }
}

/** What things are called. An artist's name follows from the index alone, so that none is kept. */
class Naming {
  readonly #seed: number;
  readonly #words: Readonly<Record<Script, Words>>;

  constructor(seed: number) {
    this.#seed = seed;
    this.#words = Object.fromEntries(SCRIPTS.map((script) => [script, new Words(script, seed)])) as Record<
      Script,
      Words
    >;
  }

  artist(index: number, artistCount: number): GeneratedArtist {
    const random = seededRandom(Math.imul(this.#seed, 0x632be5ab) ^ Math.imul(index + 1, 0x9e3779b1));
    const script = scriptAt(random());
    const words = this.#words[script];
    const common = Array.from({ length: Math.floor(random() * 2.4) }, () => words.draw(random));
    const name = words.join([...common, words.drawRare(random)]);
    const article = script === 'latin' && random() < 0.3 ? 'The ' : '';
    return { index, name: `${article}${name}`, script, playCount: plays(random, artistCount) };
  }

  /** Of one word to `most`, rounded up. */
  title(script: Script, random: () => number, most: number): string {
    const isLatin = script === 'latin' || random() < LATIN_TITLE_SHARE;
    const words = this.#words[isLatin ? 'latin' : script];
    return words.join(Array.from({ length: 1 + Math.floor(random() * most) }, () => words.draw(random)));
  }
}

/** Zipf's law: the item at rank r has 1/r of the plays of the first, and from some rank on none. */
function plays(random: () => number, itemCount: number): number {
  return Math.floor((PLAYED_SHARE * itemCount) / (1 + random() * itemCount));
}

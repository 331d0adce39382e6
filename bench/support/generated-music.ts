import { seededRandom } from '../../test/support/random.ts';

export interface GeneratedArtist {
  readonly index: number;
  readonly name: string;
  readonly playCount: number;
}
export interface GeneratedAlbum {
  readonly index: number;
  readonly title: string;
  readonly artist: GeneratedArtist;
  readonly playCount: number;
}
export interface GeneratedTrack {
  readonly index: number;
  readonly title: string;
  readonly album: GeneratedAlbum;
  /** The album's artist, now and then with a guest. */
  readonly displayArtist: string;
  readonly durationMs: number;
  readonly playCount: number;
}

const VOCABULARY_SIZE = 150_000;
const MEAN_TRACKS_AN_ALBUM = 11;
const MEAN_ALBUMS_AN_ARTIST = 2.5;

const ONSETS = [
  ...Array.from('bcdfghklmnprstvw'),
  ...Array.from('bdlmnrst'),
  'br',
  'ch',
  'gr',
  'sh',
  'st',
  'th',
  'tr',
];
const VOWELS = [...Array.from('aeiouaeioaei'), 'ea', 'oo', 'y'];
const CODAS = ['', '', '', '', '', '', '', '', '', ...Array.from('dlmnrst'), 'ck', 'ng', 'nt'];
const ACCENTED: Readonly<Record<string, string>> = { a: 'á', e: 'é', i: 'í', o: 'ö', u: 'ü', y: 'ý' };
const CJK = Array.from('愛夜空花月東京雨風春夏秋冬夢心光星海山川恋歌涙手紙世界時間道雪桜日本人生死神');
const SUFFIXES = [
  ' (Live)',
  ' (Remastered)',
  ' (feat. The Guests)',
  ', Pt. 2',
  ' - Radio Edit',
  ' (Instrumental)',
];

/**
 * Names whose words fall off as 1/rank, as words of titles do, with accents, unspaced scripts and the
 * usual additions in brackets. One seed gives one collection, in album order.
 */
export function* generatedTracks(count: number, seed = 1): Generator<GeneratedTrack> {
  const random = seededRandom(seed);
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  };
  const artistCount = Math.max(1, Math.ceil(count / (MEAN_TRACKS_AN_ALBUM * MEAN_ALBUMS_AN_ARTIST)));
  const artists: GeneratedArtist[] = [];
  let albumIndex = 0;
  let index = 0;
  while (index < count) {
    const artistIndex = Math.min(artists.length, Math.floor(artistCount * random() ** 1.5));
    const artist =
      artists[artistIndex] ??
      ({
        index: artists.length,
        name: `${random() < 0.3 ? 'The ' : ''}${name(random, pick, 1 + Math.floor(random() * 2.4))}`,
        playCount: plays(random, 20),
      } satisfies GeneratedArtist);
    if (artistIndex === artists.length) artists.push(artist);
    const album: GeneratedAlbum = {
      index: albumIndex++,
      title: name(random, pick, 1 + Math.floor(random() * 3.5)),
      artist,
      playCount: plays(random, 5),
    };
    const trackCount = Math.min(count - index, 1 + Math.floor(random() * (MEAN_TRACKS_AN_ALBUM * 2 - 1)));
    for (let number = 0; number < trackCount; number++) {
      yield {
        index: index++,
        title: name(random, pick, 1 + Math.floor(random() * 4.5)) + (random() < 0.12 ? pick(SUFFIXES) : ''),
        album,
        displayArtist: artist.name + (random() < 0.05 ? ` feat. ${pick(artists).name}` : ''),
        durationMs: 60_000 + Math.floor(random() * 300_000),
        playCount: plays(random, 1),
      };
    }
  }
}

type Pick = <Item>(items: readonly Item[]) => Item;

function name(random: () => number, pick: Pick, wordCount: number): string {
  if (random() < 0.04) return Array.from({ length: wordCount + 1 }, () => pick(CJK)).join('');
  return Array.from({ length: wordCount }, () => generatedWord(random)).join(' ');
}

/** A word drawn by rank; the common ones are short. */
export function generatedWord(random: () => number): string {
  const rank = Math.floor((VOCABULARY_SIZE + 1) ** random());
  const letters = seededRandom(rank * 7919);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(letters() * items.length)] as Item;
  const syllables =
    rank < 60 ? 1 : rank < 4000 ? 1 + Math.floor(letters() * 2) : 2 + Math.floor(letters() * 2);
  let word = '';
  for (let syllable = 0; syllable < syllables; syllable++) word += pick(ONSETS) + pick(VOWELS) + pick(CODAS);
  if (letters() < 0.04) word = word.replace(/[aeiouy]/, (vowel) => ACCENTED[vowel] ?? vowel);
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Most things were never played, a few very often. */
function plays(random: () => number, scale: number): number {
  return random() < 0.7 ? 0 : Math.floor(scale / (random() + 0.001));
}

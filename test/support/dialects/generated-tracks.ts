import type { ImportedTrack, MusicSource, TrackTags } from '../../../src/catalog/index.ts';
import { importedTrack } from '../catalog-tracks.ts';

/** Words that databases are tempted to take for one another, or to order otherwise. */
const WORDS: readonly (readonly string[])[] = [
  [
    'Air',
    'air',
    'AIR',
    'Air Supply',
    'The Sea',
    'Éclair',
    'eclair',
    'E\u0301clair',
    'Straße',
    'Strasse',
    'Ångström',
  ],
  ['Ёлка', 'Елка', 'ёлка', 'Война', 'Мир', 'мир', 'Іній'],
  ['Θάλασσα', 'θαλασσα', 'ΣΊΣΥΦΟΣ', 'Σίσυφος', 'Ωδή'],
  ['שלום', 'שָׁלוֹם', 'אור', 'ירושלים'],
  ['سلام', 'سَلام', 'نور', 'كتاب', 'کتاب'],
  ['さくら', 'サクラ', 'ｻｸﾗ', '桜', 'はな', 'ばな'],
  ['사랑', '한국', '한국', '바다'],
  ['音樂', '音乐', '海', '山'],
  ['ＦＵＬＬ', 'full', '①', '1', '10', '9', '½', 'ﬁne', 'fine', 'İstanbul', 'ıstanbul'],
  [
    "O'Brien",
    'back\\slash',
    '100%',
    'under_score',
    '"quoted"',
    '; drop',
    '😀',
    '𝄞',
    'ﻻ',
    '\u200dzero',
    '…',
    '\u{10fffd}',
  ],
];

const GENRES = [
  'Rock',
  'rock',
  'ROCK',
  'Röck',
  'Hip-Hop',
  'hip hop',
  'Ёлка',
  'елка',
  '演歌',
  'Jazz',
  'Straße',
  'strasse',
];
const ALBUMS_OF_AN_ARTIST = 4;
/** More than the seed of what is similar looks at. */
const LONGEST_ALBUM = 70;
const USUAL_TRACKS = 9;
const NOBODY_IN = 25;
const CREATED_AT_MS = 1_700_000_000_000;

export interface TrackGenerator {
  readonly random: () => number;
  readonly pick: <Item>(items: readonly Item[]) => Item;
  /** One to three words, of a script most of the time; few enough for many equal names. */
  readonly name: () => string;
}

export function trackGenerator(random: () => number): TrackGenerator {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  return {
    random,
    pick,
    name() {
      const script = pick(WORDS);
      const words = [pick(script)];
      while (random() < 0.4 && words.length < 3) words.push(pick(random() < 0.8 ? script : pick(WORDS)));
      return words.join(' ');
    },
  };
}

/** By album artist, whose tracks an importer takes one after the other: all of them are numbered alike everywhere. */
export function* generatedTracks(
  count: number,
  sources: readonly MusicSource[],
  generator: TrackGenerator,
): Generator<readonly ImportedTrack[]> {
  const { random, pick, name } = generator;
  for (let made = 0; made < count; ) {
    const artist = random() * NOBODY_IN < 1 ? undefined : name();
    const sortArtist = random() < 0.2 ? name() : undefined;
    const artistId = random() < 0.1 ? uuid(random) : undefined;
    const tracks: ImportedTrack[] = [];
    const albums = 1 + Math.floor(random() * ALBUMS_OF_AN_ARTIST);
    for (let album = 0; album < albums; album++) {
      const source = pick(sources);
      const shared = albumTags(generator, artist);
      const folder = `${shared.album ?? 'loose'}/${made}`;
      const length = random() < 0.02 ? LONGEST_ALBUM : 1 + Math.floor(random() * USUAL_TRACKS);
      for (let number = 0; number < length; number++) {
        const tags: Partial<TrackTags> = {
          ...shared,
          ...trackTags(generator, number),
          ...(artist !== undefined && {
            artists: random() < 0.2 ? [artist, name()] : [artist],
            albumArtists: [artist],
          }),
          ...(sortArtist !== undefined && { sortAlbumArtists: [sortArtist] }),
          ...(artistId !== undefined && { musicBrainzAlbumArtistIds: [artistId] }),
        };
        tracks.push(
          importedTrack(source, `${folder}/${pick(['', 'cd 1/', 'cd 2/'])}${number} ${name()}.flac`, {
            tags,
            durationMs: pick([0, 1, 180_000, 180_000, 240_500]),
            createdAtMs: CREATED_AT_MS + pick([0, 0, 1, 60_000]),
            ...(random() < 0.6 && { cover: `${folder} ${pick(['front', 'front', 'odd'])}` }),
          }),
        );
      }
      made += length;
    }
    yield tracks;
  }
}

/** What the tracks of an album agree in. */
function albumTags({ random, pick, name }: TrackGenerator, artist: string | undefined): Partial<TrackTags> {
  const year = random() < 0.25 ? undefined : 1955 + Math.floor(random() * 70);
  return {
    ...(random() < 0.95 && { album: name() }),
    ...(random() < 0.1 && { sortAlbum: name() }),
    ...(year !== undefined && { year }),
    ...(year !== undefined && random() < 0.3 && { releaseDate: `${year}-03` }),
    ...(random() < 0.1 && { originalReleaseDate: pick(['1969', '1969-07-20', '2001-02']) }),
    ...(random() < 0.1 && { musicBrainzReleaseId: uuid(random) }),
    ...(random() < 0.1 && { recordLabels: [name()], releaseTypes: ['album', 'live'] }),
    isCompilation: artist === undefined && random() < 0.5,
    genres: random() < 0.15 ? [] : [pick(GENRES), ...(random() < 0.3 ? [pick(GENRES)] : [])],
  };
}

function trackTags({ random, pick, name }: TrackGenerator, number: number): Partial<TrackTags> {
  return {
    ...(random() < 0.95 && { title: name() }),
    ...(random() < 0.05 && { sortTitle: name() }),
    // Two of a number, and some without.
    ...(random() < 0.8 && { trackNumber: Math.ceil((number + 1) / 2) }),
    ...(random() < 0.3 && { discNumber: pick([1, 2, 10]) }),
    ...(random() < 0.05 && { discTitle: name() }),
    ...(random() < 0.1 && { composers: [name(), name()] }),
    ...(random() < 0.1 && { displayArtist: `${name()} feat. ${name()}` }),
    ...(random() < 0.1 && { bpm: pick([120, 128.5, 99.999]) }),
    ...(random() < 0.1 && { comment: pick(['a\nb', "it's", 'C:\\music', '', '\u{1f3b5} 100 %']) }),
    ...(random() < 0.1 && { isrcs: ['DEA123456789'] }),
    ...(random() < 0.1 && { musicBrainzRecordingId: uuid(random) }),
    ...(random() < 0.2 && {
      replayGain: { trackGainDb: -7.03, trackPeak: 0.987_654_321_012_3, albumGainDb: 0, albumPeak: 1 / 3 },
    }),
    ...(random() < 0.1 && {
      lyrics: [{ language: 'xxx', synced: true, lines: [{ startMs: 1, text: name() }] }],
    }),
  };
}

function uuid(random: () => number): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

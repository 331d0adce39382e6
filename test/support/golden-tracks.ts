import type { LyricsView, TrackTags } from '../../src/catalog/index.ts';

/** A track as a tagger would have written it; what is absent is empty. */
export interface GoldenTrack {
  readonly tags: Partial<TrackTags>;
  readonly durationMs: number;
  /** Albums of one name share a picture of this colour. */
  readonly coverColour?: string;
  /** Bytes of the original; a short pattern where absent. */
  readonly audio?: 'tone';
}

export const PAGED_ALBUMS = 65;

const syncedLyrics: LyricsView = {
  language: 'isl',
  synced: true,
  lines: [
    { startMs: 0, text: 'Þú ert mitt sæglópur' },
    { startMs: 12_340, text: '' },
    { startMs: 20_000, text: 'Á lífsins <ólgusjó> & "meira"' },
  ],
};
const plainLyrics: LyricsView = {
  language: 'xxx',
  synced: false,
  lines: [{ text: 'First line' }, { text: 'Second line' }],
};

function album(name: string, artist: string, tags: Partial<TrackTags> = {}) {
  return (trackNumber: number, title: string, more: Partial<TrackTags> = {}): Partial<TrackTags> => ({
    album: name,
    displayArtist: artist,
    artists: [artist],
    displayAlbumArtist: artist,
    albumArtists: [artist],
    trackNumber,
    title,
    ...tags,
    ...more,
  });
}

const takk = album('Takk…', 'Sigur Rós', {
  year: 2005,
  releaseDate: '2005-09-12',
  originalReleaseDate: '2005',
  genres: ['Post-Rock', 'Ambient'],
  musicBrainzReleaseId: '4c8d3b3e-5a5f-4f1c-9a1f-3a1a3f1d7a01',
  musicBrainzAlbumArtistIds: ['f6f2326f-6b25-4170-b89d-e235b25508e8'],
  releaseTypes: ['Album'],
  recordLabels: ['EMI'],
});
const duets = album('Duets', 'Ann Lee & Bob Ray', {
  year: 1999,
  genres: ['Pop'],
  artists: ['Ann Lee', 'Bob Ray'],
  albumArtists: ['Ann Lee', 'Bob Ray'],
});
const boxSet = album('The Box Set', 'The Beetles', { year: 1971, genres: ['Rock & Roll'] });
const sampler = album('Summer Sampler', 'Various Artists', {
  year: 2010,
  isCompilation: true,
  genres: ['Pop'],
});
const canto = album('林子祥精選', '林子祥', { year: 1985, genres: ['粵語流行'] });
const broken = album('Quotes & <Tags>', 'AC/DC\u2028"Live"', { year: 1980, genres: ['Rock & Roll'] });

const named: readonly GoldenTrack[] = [
  {
    tags: takk(1, 'Sæglópur', {
      lyrics: [syncedLyrics],
      bpm: 120.4,
      comment: 'one\ntwo\t"three" <four>',
      isrcs: ['GBAYE0500001', 'GBAYE0500002'],
      composers: ['Jónsi', 'Kjartan'],
      sortTitle: 'Saeglopur',
      musicBrainzRecordingId: '0b0b9d3c-1a1a-4a1a-8a1a-000000000001',
      replayGain: { trackGainDb: -7.25, trackPeak: 0.98, albumGainDb: -8, albumPeak: 1 },
    }),
    durationMs: 458_499,
    coverColour: '#1b3a5c',
    audio: 'tone',
  },
  { tags: takk(2, 'Hoppípolla', { lyrics: [plainLyrics] }), durationMs: 268_000, coverColour: '#1b3a5c' },
  { tags: duets(1, 'Both Of Us'), durationMs: 181_000 },
  { tags: duets(2, 'Only Me', { displayArtist: 'Ann Lee', artists: ['Ann Lee'] }), durationMs: 182_000 },
  { tags: boxSet(1, 'Love Me Don’t', { discNumber: 1, discTitle: 'Early' }), durationMs: 120_000 },
  { tags: boxSet(1, 'Let It Flea', { discNumber: 2, discTitle: 'Late' }), durationMs: 121_000 },
  { tags: boxSet(2, 'Hey Dude', { discNumber: 2, discTitle: 'Late' }), durationMs: 122_000 },
  { tags: sampler(1, 'Beach', { displayArtist: 'Ann Lee', artists: ['Ann Lee'] }), durationMs: 200_000 },
  {
    tags: sampler(2, 'Sun', { displayArtist: 'The Beetles', artists: ['The Beetles'] }),
    durationMs: 201_000,
  },
  { tags: canto(1, '敢愛敢做'), durationMs: 240_000 },
  { tags: broken(1, 'Title with ]]> and &amp; 🎵 \uFFFD'), durationMs: 99_000 },
  { tags: {}, durationMs: 1_000 },
];

/** A small library with one of everything that has ever confused a player, and enough albums for pages. */
export const goldenTracks: readonly GoldenTrack[] = [
  ...named,
  ...Array.from({ length: PAGED_ALBUMS }, (_, index): GoldenTrack => {
    const number = String(index + 1).padStart(2, '0');
    const page = album(`Page ${number}`, 'The Pagers', { year: 1950 + index, genres: ['Paging'] });
    return { tags: page(1, `Leaf ${number}`), durationMs: 60_000 + index };
  }),
];

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ALL_FORMATS,
  encodeMedia,
  ffprobe,
  hasFfmpeg,
  type MediaFormat,
  suffixFor,
} from '../../../test/support/make-music.ts';
import {
  type Comment,
  id3v2,
  type Id3Frame,
  languageFrame,
  pictureFrame,
  retagFlac,
  solidPng,
  syncedLyricsFrame,
  textFrame,
  toneWav,
  vorbisPicture,
  withoutId3v2,
} from '../../../test/support/media-tags.ts';
import { isClefError } from '../../core/index.ts';
import type { ProbedMedia } from '../port.ts';
import { ByteReader } from './byte-reader.ts';
import { parseMedia } from './parse-media.ts';

const ffmpeg = await hasFfmpeg();
if (!ffmpeg && process.env['CI'] === 'true') throw new Error('ffmpeg is missing');

let folder: string;
const media = new Map<MediaFormat, Buffer>();
const COVER = solidPng(64, [200, 30, 60]);
const SECONDS = 3;
const TAGS = {
  title: 'Tïtle 🎵 of AC/DC',
  artist: 'AC/DC',
  album: 'Älbum',
  album_artist: 'Various Artists',
  track: '3/12',
  disc: '2/2',
  date: '1999-04-05',
  genre: 'Rock',
  composer: 'Bäch',
  comment: 'hé',
  lyrics: '[00:01.00]la',
};
/** What ffmpeg cannot write into a format. */
const LACKING: Partial<Record<MediaFormat, readonly string[]>> = {
  wav: ['album_artist', 'disc', 'composer', 'lyrics'],
  adts: Object.keys(TAGS),
};
const WITHOUT_COVER: ReadonlySet<MediaFormat> = new Set(['wav', 'adts', 'wavpack']);

function pathOf(format: MediaFormat): string {
  return join(folder, `${format}.${suffixFor(format)}`);
}

function parse(bytes: Uint8Array): Promise<ProbedMedia> {
  return parseMedia(
    new ByteReader(bytes.length, async (offset, length) => bytes.subarray(offset, offset + length)),
  );
}

async function failureOf(bytes: Uint8Array): Promise<string> {
  const error = await parse(bytes).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error === undefined) return 'no failure';
  return isClefError(error) ? `${error.code}: ${error.message}` : 'a failure without a code';
}

function made(format: MediaFormat): Buffer {
  const bytes = media.get(format);
  if (!bytes) throw new Error(`${format} was not made`);
  return bytes;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clef-media-'));
  if (!ffmpeg) return;
  for (const format of ALL_FORMATS) {
    await encodeMedia(pathOf(format), { format, tags: TAGS, cover: COVER, seconds: SECONDS });
    media.set(format, await readFile(pathOf(format)));
  }
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe.skipIf(!ffmpeg)('a file of each format', () => {
  test.each(ALL_FORMATS)('%s is read as ffprobe reads it', async (format) => {
    const found = await parse(made(format));
    const other = await ffprobe(pathOf(format));
    const { tags, audio } = found;
    expect(audio.sampleRateHz).toBe(other.sampleRateHz);
    expect(audio.channelCount).toBe(other.channelCount);
    expect(other.codec.startsWith('pcm') ? 'pcm' : other.codec).toBe(audio.codec);
    // The tone's own length, within the padding of one frame that some formats cannot take off.
    expect(Math.abs(audio.durationMs - SECONDS * 1000)).toBeLessThanOrEqual(60);
    expect(found.isCutShort).toBe(false);
    const lacking = LACKING[format] ?? [];
    const expected = (name: keyof typeof TAGS): string | undefined =>
      lacking.includes(name) ? undefined : (other.tags[name] ?? TAGS[name]);
    expect(tags.title).toBe(expected('title'));
    expect(tags.displayArtist).toBe(expected('artist'));
    expect(tags.artists).toEqual(lacking.includes('artist') ? [] : [TAGS.artist]);
    expect(tags.album).toBe(expected('album'));
    expect(tags.displayAlbumArtist).toBe(expected('album_artist'));
    expect(tags.isCompilation).toBe(!lacking.includes('album_artist'));
    expect(tags.trackNumber).toBe(lacking.includes('track') ? undefined : 3);
    expect(tags.discNumber).toBe(lacking.includes('disc') ? undefined : 2);
    expect(tags.releaseDate).toBeUndefined();
    expect(tags.year).toBe(lacking.includes('date') ? undefined : 1999);
    expect(tags.genres).toEqual(lacking.includes('genre') ? [] : ['Rock']);
    expect(tags.composers).toEqual(lacking.includes('composer') ? [] : ['Bäch']);
    expect(tags.comment).toBe(expected('comment'));
    expect(tags.lyrics).toEqual(
      lacking.includes('lyrics')
        ? []
        : [{ language: 'xxx', synced: true, lines: [{ startMs: 1000, text: 'la' }] }],
    );
    if (WITHOUT_COVER.has(format)) expect(found.cover).toBeUndefined();
    else expect(Buffer.from(found.cover?.bytes ?? []).equals(COVER)).toBe(true);
  });

  test('media types and suffixes are those that players expect', async () => {
    const types = new Map<string, string>();
    for (const format of ALL_FORMATS) {
      const { audio } = await parse(made(format));
      types.set(format, `${audio.mediaType} ${audio.suffix}`);
    }
    expect(Object.fromEntries(types)).toEqual({
      ogg: 'audio/ogg ogg',
      flac: 'audio/flac flac',
      'mp3-cbr': 'audio/mpeg mp3',
      'mp3-vbr': 'audio/mpeg mp3',
      'mp3-vbr-without-table': 'audio/mpeg mp3',
      'm4a-aac': 'audio/mp4 m4a',
      'm4a-alac': 'audio/mp4 m4a',
      opus: 'audio/ogg opus',
      wav: 'audio/wav wav',
      aiff: 'audio/aiff aiff',
      adts: 'audio/aac aac',
      wavpack: 'audio/x-wavpack wv',
    });
  });

  test('the length of MP3 is counted where no table tells it, over garbage too', async () => {
    const mp3 = made('mp3-vbr-without-table');
    const clean = await parse(mp3);
    const middle = withoutId3v2(mp3);
    const half = Math.floor(middle.length / 2);
    const dirty = Buffer.concat([middle.subarray(0, half), Buffer.alloc(5000, 0x41), middle.subarray(half)]);
    expect(Math.abs((await parse(dirty)).audio.durationMs - clean.audio.durationMs)).toBeLessThan(150);
    const table = withoutId3v2(made('mp3-vbr'));
    const truncated = await parse(table.subarray(0, table.length / 2));
    expect(truncated.isCutShort).toBe(true);
    expect(truncated.audio.durationMs).toBeLessThan(2_500);
  });

  test('Ogg files that follow one another in one file are summed', async () => {
    const one = await parse(made('opus'));
    const patched = Buffer.from(made('opus'));
    // Another serial number in every page makes it another stream.
    for (let at = patched.indexOf('OggS'); at >= 0; at = patched.indexOf('OggS', at + 4)) {
      patched.writeUInt32LE(0x1234, at + 14);
    }
    const both = await parse(Buffer.concat([made('opus'), patched]));
    expect(both.audio.durationMs).toBe(one.audio.durationMs * 2);
  });

  test.each(['flac', 'm4a-aac', 'wav', 'aiff'] as const)(
    'a %s that was cut off is told so',
    async (format) => {
      const bytes = made(format);
      // ffmpeg puts an MP4's index last, without which nothing plays.
      if (format === 'm4a-aac') {
        expect(await failureOf(bytes.subarray(0, bytes.length / 2))).toMatch(/^media-unreadable/);
        return;
      }
      const found = await parse(bytes.subarray(0, Math.floor(bytes.length * 0.6)));
      expect(found.isCutShort).toBe(true);
      expect(found.audio.durationMs).toBeLessThanOrEqual(SECONDS * 1000);
    },
  );

  test('FLAC written to a pipe, with no count of samples, has its length from its last frame', async () => {
    const bytes = Buffer.from(made('flac'));
    // The 36 bits of the count in STREAMINFO.
    bytes.writeUInt8(bytes.readUInt8(8 + 13) & 0xf0, 8 + 13);
    bytes.writeUInt32BE(0, 8 + 14);
    const found = await parse(bytes);
    expect(found.audio.durationMs).toBe(SECONDS * 1000);
    expect(found.isCutShort).toBe(false);
  });

  test('what a file is, its content says', async () => {
    const wrapped = Buffer.concat([id3v2(4, [textFrame('TIT2', 'Wrapped', 'utf-8')]), made('flac')]);
    const found = await parse(wrapped);
    expect(found.audio).toMatchObject({
      mediaType: 'audio/flac',
      suffix: 'flac',
      durationMs: SECONDS * 1000,
    });
  });
});

describe.skipIf(!ffmpeg)('tags in FLAC and Ogg', () => {
  function withComments(
    comments: readonly Comment[],
    pictures: readonly Buffer[] = [],
  ): Promise<ProbedMedia> {
    return parse(retagFlac(made('flac'), comments, pictures));
  }

  test('several values of a name, ids, gains and the rest arrive', async () => {
    const { tags } = await withComments([
      ['TITLE', 'Song'],
      ['ARTIST', 'One'],
      ['artist', 'Two'],
      ['ALBUMARTIST', 'One & Two'],
      ['ALBUMARTISTS', 'One'],
      ['ALBUMARTISTS', 'Two'],
      ['ARTISTSORT', 'Eno'],
      ['ALBUM', 'Album'],
      ['ALBUMSORT', 'Sorted'],
      ['GENRE', 'Rock'],
      ['GENRE', 'Pop'],
      ['DISCNUMBER', '02'],
      ['DISCSUBTITLE', 'The second'],
      ['TRACKNUMBER', '7'],
      ['DATE', '2001-02-03'],
      ['ORIGINALDATE', '1969'],
      ['RELEASETYPE', 'Album'],
      ['RELEASETYPE', 'Live'],
      ['LABEL', 'Harvest'],
      ['BPM', '120.4'],
      ['ISRC', 'gb-aye-69-00529'],
      ['ISRC', 'nonsense'],
      ['COMPILATION', '1'],
      ['MUSICBRAINZ_TRACKID', 'B1A9C0E9-D987-4042-AE91-78D6A3267D69'],
      ['MUSICBRAINZ_ALBUMID', '6defd963-fe91-4550-b18e-82c685603c2b'],
      ['MUSICBRAINZ_ARTISTID', '164f0d73-1234-4e2c-8743-d77bf2191051'],
      ['MUSICBRAINZ_ARTISTID', '264f0d73-1234-4e2c-8743-d77bf2191051'],
      ['MUSICBRAINZ_ALBUMARTISTID', 'no id'],
      ['REPLAYGAIN_TRACK_GAIN', '-7.32 dB'],
      ['REPLAYGAIN_TRACK_PEAK', '0.988'],
      ['REPLAYGAIN_ALBUM_GAIN', '+1,5 dB'],
      ['REPLAYGAIN_ALBUM_PEAK', 'loud'],
      ['LYRICS', 'la la'],
    ]);
    expect(tags).toMatchObject({
      title: 'Song',
      displayArtist: 'One & Two',
      artists: ['One', 'Two'],
      displayAlbumArtist: 'One & Two',
      albumArtists: ['One', 'Two'],
      sortArtists: ['Eno'],
      sortAlbum: 'Sorted',
      genres: ['Rock', 'Pop'],
      discNumber: 2,
      discTitle: 'The second',
      trackNumber: 7,
      year: 2001,
      releaseDate: '2001-02-03',
      originalReleaseDate: '1969',
      releaseTypes: ['album', 'live'],
      recordLabels: ['Harvest'],
      bpm: 120,
      isrcs: ['GBAYE6900529'],
      isCompilation: true,
      musicBrainzRecordingId: 'b1a9c0e9-d987-4042-ae91-78d6a3267d69',
      musicBrainzReleaseId: '6defd963-fe91-4550-b18e-82c685603c2b',
      musicBrainzArtistIds: ['164f0d73-1234-4e2c-8743-d77bf2191051', '264f0d73-1234-4e2c-8743-d77bf2191051'],
      musicBrainzAlbumArtistIds: [],
      replayGain: { trackGainDb: -7.32, trackPeak: 0.988, albumGainDb: 1.5 },
      lyrics: [{ language: 'xxx', synced: false, lines: [{ text: 'la la' }] }],
    });
  });

  test('Opus gains are given as ReplayGain', async () => {
    const { tags } = await withComments([
      ['R128_TRACK_GAIN', '-1280'],
      ['R128_ALBUM_GAIN', '256'],
    ]);
    expect(tags.replayGain).toEqual({ trackGainDb: 0, albumGainDb: 6 });
  });

  test('broken encodings and hostile lengths come out clean', async () => {
    const { tags } = await withComments([
      ['TITLE', Buffer.from([0x41, 0xff, 0xfe, 0x42, 0x00, 0x1b, 0x43])],
      ['ARTIST', Buffer.from('Bj\xf6rk', 'latin1')],
      ['ALBUM', 'x'.repeat(100_000)],
      ['COMMENT', `a\u0007\nb${'y'.repeat(100_000)}`],
      ['TRACKNUMBER', '99999999999'],
      ['DISCNUMBER', '-3'],
      ['DATE', '0000'],
      ...Array.from({ length: 5_000 }, (_, i): Comment => ['GENRE', `g${i}`]),
    ]);
    expect(tags.title).toBe('A\ufffd\ufffdBC');
    expect(tags.artists).toEqual(['Bj\ufffdrk']);
    expect(tags.album).toHaveLength(1_000);
    expect(tags.comment).toHaveLength(4_000);
    expect(tags.comment?.startsWith('a\nb')).toBe(true);
    expect(tags.genres).toHaveLength(64);
    expect(tags).not.toHaveProperty('trackNumber');
    expect(tags).not.toHaveProperty('discNumber');
    expect(tags).not.toHaveProperty('year');
  });

  test('the front cover is chosen, by what it is and not by what it says', async () => {
    const back = solidPng(8, [1, 2, 3]);
    const found = await withComments(
      [],
      [
        vorbisPicture(back, 'image/png', 4),
        vorbisPicture(Buffer.from('#!/bin/sh'), 'image/png', 3),
        vorbisPicture(COVER, 'image/jpeg', 3),
      ],
    );
    expect(found.cover?.mediaType).toBe('image/png');
    expect(Buffer.from(found.cover?.bytes ?? []).equals(COVER)).toBe(true);
    const none = await withComments([], [vorbisPicture(Buffer.from('<svg/>'), 'image/svg+xml')]);
    expect(none.cover).toBeUndefined();
  });
});

describe.skipIf(!ffmpeg)('tags in MP3', () => {
  function withFrames(version: 3 | 4, frames: readonly Id3Frame[]): Promise<ProbedMedia> {
    return parse(Buffer.concat([id3v2(version, frames), withoutId3v2(made('mp3-cbr'))]));
  }

  test('ID3v2.3 keeps names with slashes whole, and takes apart what ids say is two', async () => {
    const { tags } = await withFrames(3, [
      textFrame('TPE1', 'AC/DC'),
      textFrame('TPE2', 'AC/DC', 'latin1'),
      textFrame('TCOM', 'Young / Young/Scott'),
    ]);
    expect(tags).toMatchObject({ displayArtist: 'AC/DC', artists: ['AC/DC'], albumArtists: ['AC/DC'] });
    expect(tags.composers).toEqual(['Young / Young/Scott']);
    const ids = '164f0d73-1234-4e2c-8743-d77bf2191051/264f0d73-1234-4e2c-8743-d77bf2191051';
    const two = await withFrames(3, [
      textFrame('TPE1', 'A/B'),
      textFrame('TXXX', ids, 'latin1', 'MusicBrainz Artist Id'),
    ]);
    expect(two.tags.artists).toEqual(['A', 'B']);
    expect(two.tags.musicBrainzArtistIds).toHaveLength(2);
  });

  test('ID3v2.4 values are separate, synced lyrics come first', async () => {
    const found = await withFrames(4, [
      textFrame('TPE1', 'One\0Two', 'utf-8'),
      textFrame('TCON', '17\0Pop', 'utf-8'),
      textFrame('TCMP', '1', 'utf-8'),
      textFrame('TDRC', '1987-06', 'utf-8'),
      languageFrame('USLT', 'deu', 'Zeile eins\nZeile zwei'),
      syncedLyricsFrame('eng', [
        [1500, 'one'],
        [3000, 'two'],
      ]),
      languageFrame('COMM', 'eng', 'a comment'),
      pictureFrame(solidPng(8, [9, 9, 9]), 'image/png', 4),
      pictureFrame(COVER, 'image/png', 3),
    ]);
    expect(found.tags).toMatchObject({
      artists: ['One', 'Two'],
      genres: ['Rock', 'Pop'],
      isCompilation: true,
      year: 1987,
      comment: 'a comment',
      lyrics: [
        {
          language: 'eng',
          synced: true,
          lines: [
            { startMs: 1500, text: 'one' },
            { startMs: 3000, text: 'two' },
          ],
        },
        { language: 'deu', synced: false, lines: [{ text: 'Zeile eins' }, { text: 'Zeile zwei' }] },
      ],
    });
    expect(Buffer.from(found.cover?.bytes ?? []).equals(COVER)).toBe(true);
  });

  test('a day and a year of ID3v2.3 are one date', async () => {
    const { tags } = await withFrames(3, [
      textFrame('TYER', '1999'),
      textFrame('TDAT', '0504'),
      textFrame('TXXX', 'MusicBrainz Album Id\x006defd963-fe91-4550-b18e-82c685603c2b'),
    ]);
    expect(tags).toMatchObject({ year: 1999, releaseDate: '1999-04-05' });
  });

  test("a release date is the release's, a plain date the song's", async () => {
    const song = await withFrames(4, [textFrame('TDRC', '1999-04-05')]);
    expect(song.tags.year).toBe(1999);
    expect(song.tags.releaseDate).toBeUndefined();
    const release = await withFrames(4, [textFrame('TDRC', '1999'), textFrame('TDRL', '2001-02')]);
    expect(release.tags).toMatchObject({ year: 1999, releaseDate: '2001-02' });
  });

  test('an ID3v1 tag alone is read, its UTF-8 too', async () => {
    const tag = Buffer.alloc(128);
    tag.write('TAG', 0);
    tag.write('Tïtle', 3);
    tag.write('Ärtist', 33);
    tag.writeUInt8(17, 127);
    const { tags } = await parse(Buffer.concat([withoutId3v2(made('mp3-cbr')), tag]));
    expect(tags).toMatchObject({ title: 'Tïtle', artists: ['Ärtist'], genres: ['Rock'] });
  });
});

describe('what is no music', () => {
  test.each([
    ['an empty file', Buffer.alloc(0), 'media-unreadable: the file is empty'],
    [
      'text',
      Buffer.from('I am a text file named .mp3\n'.repeat(5_000)),
      /^media-unreadable: its content is not audio/,
    ],
    ['zeros', Buffer.alloc(3_000_000), /^media-unreadable/],
    ['a picture', COVER, /^media-unreadable/],
    ['a bare WAV header', toneWav(1, 1).subarray(0, 44), 'media-unreadable: it holds no audio'],
    ['a bare FLAC magic', Buffer.from('fLaC'), /^media-unreadable/],
    ['tags and nothing after', id3v2(4, [textFrame('TIT2', 'Alone', 'utf-8')]), /^media-unreadable/],
    ['a tag that says it is huge', Buffer.from('ID3\x04\0\0\x7f\x7f\x7f\x7f', 'latin1'), /^media-unreadable/],
    ['tags without end', 'ID3\x04\0\0\0\0\0\0'.repeat(100_000), /^media-unreadable/],
  ] as const)('%s is refused', async (_what, bytes, expected) => {
    const failure = await failureOf(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    if (typeof expected === 'string') expect(failure).toBe(expected);
    else expect(failure).toMatch(expected);
  });

  test.skipIf(!ffmpeg)(
    'bytes changed at random never hang it, and what it answers stays within bounds',
    async () => {
      let seed = 7;
      const random = (below: number): number => {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
        return Math.floor((seed / 2 ** 32) * below);
      };
      for (const format of ALL_FORMATS) {
        for (let round = 0; round < 20; round++) {
          const bytes = Buffer.from(made(format));
          for (let i = 0; i < 30; i++) bytes[random(Math.min(bytes.length, 4_000))] = random(256);
          const found = await parse(bytes).catch(() => undefined);
          if (found) expect(found.audio.durationMs).toBeGreaterThan(0);
        }
      }
    },
  );
});

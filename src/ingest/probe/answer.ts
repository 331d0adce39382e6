import * as v from 'valibot';
import { ClefError } from '../../core/index.ts';
import { type PacketTable, parsePacketTable } from '../../playback/index.ts';
import { LONGEST_COMMENT, LONGEST_TEXT, MOST_VALUES } from '../tags/clean.ts';
import type { CoverImage, ProbedMedia } from '../port.ts';
import { imageTypeOf, LARGEST_COVER_BYTES } from './image-type.ts';

// What a child answers is believed no more than the file that it read: shape, bounds and characters are checked.
const CONTROL = /[\p{Cc}--[\t\n]]/v;

function isPlain(text: string): boolean {
  return text.isWellFormed() && !CONTROL.test(text);
}

export const line = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(LONGEST_TEXT),
  v.check(isPlain),
  v.regex(/^[^\n\t]*$/),
);
const lyricLine = v.pipe(v.string(), v.maxLength(LONGEST_TEXT), v.check(isPlain));
const comment = v.pipe(v.string(), v.minLength(1), v.maxLength(LONGEST_COMMENT), v.check(isPlain));
const list = v.pipe(v.array(line), v.maxLength(MOST_VALUES));
const word = v.pipe(v.string(), v.regex(/^[a-z0-9/.+-]{1,64}$/));

function count(most: number) {
  return v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most));
}

const MONTH_MS = 31 * 24 * 3600 * 1000;
const time = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32));
const gain = v.pipe(v.number(), v.minValue(-256), v.maxValue(256));
const uuid = v.pipe(v.string(), v.regex(/^[0-9a-f-]{36}$/));

const lyrics = v.strictObject({
  language: v.pipe(v.string(), v.regex(/^[a-z]{3}$/)),
  synced: v.boolean(),
  lines: v.pipe(
    v.array(v.strictObject({ startMs: v.exactOptional(time), text: lyricLine })),
    v.maxLength(5_000),
  ),
});

export const tagsSchema = v.strictObject({
  title: v.exactOptional(line),
  sortTitle: v.exactOptional(line),
  album: v.exactOptional(line),
  sortAlbum: v.exactOptional(line),
  displayArtist: v.exactOptional(line),
  artists: list,
  sortArtists: list,
  displayAlbumArtist: v.exactOptional(line),
  albumArtists: list,
  sortAlbumArtists: list,
  composers: list,
  discNumber: v.exactOptional(count(9_999)),
  discTitle: v.exactOptional(line),
  trackNumber: v.exactOptional(count(99_999)),
  year: v.exactOptional(count(9_999)),
  releaseDate: v.exactOptional(line),
  originalReleaseDate: v.exactOptional(line),
  genres: list,
  isCompilation: v.boolean(),
  releaseTypes: list,
  recordLabels: list,
  bpm: v.exactOptional(count(999)),
  comment: v.exactOptional(comment),
  isrcs: list,
  musicBrainzRecordingId: v.exactOptional(uuid),
  musicBrainzReleaseId: v.exactOptional(uuid),
  musicBrainzArtistIds: v.pipe(v.array(uuid), v.maxLength(MOST_VALUES)),
  musicBrainzAlbumArtistIds: v.pipe(v.array(uuid), v.maxLength(MOST_VALUES)),
  replayGain: v.strictObject({
    trackGainDb: v.exactOptional(gain),
    trackPeak: v.exactOptional(gain),
    albumGainDb: v.exactOptional(gain),
    albumPeak: v.exactOptional(gain),
  }),
  lyrics: v.pipe(v.array(lyrics), v.maxLength(8)),
});

export const audioSchema = v.strictObject({
  durationMs: count(MONTH_MS),
  bitRateKbps: v.exactOptional(count(1_000_000)),
  sampleRateHz: v.exactOptional(count(100_000_000)),
  bitDepth: v.exactOptional(count(64)),
  channelCount: v.exactOptional(count(1_024)),
  codec: word,
  container: word,
  mediaType: word,
  suffix: word,
});

const answer = v.strictObject({ tags: tagsSchema, audio: audioSchema, isCutShort: v.boolean() });

const failure = v.strictObject({
  code: v.picklist(['media-unreadable', 'media-too-costly']),
  reason: v.pipe(v.string(), v.maxLength(200), v.check(isPlain)),
});

function parseJson(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString());
  } catch {
    return undefined;
  }
}

function refused(): ClefError {
  return new ClefError('media-unreadable', 'its tags make no sense');
}

/** Throws where the answer breaks a bound. A cover that is no picture is left out. */
export function parseAnswer(payload: Buffer, cover: Buffer | undefined): ProbedMedia {
  const found = v.safeParse(answer, parseJson(payload));
  if (!found.success) throw refused();
  const mediaType = cover && cover.length <= LARGEST_COVER_BYTES ? imageTypeOf(cover) : undefined;
  if (!cover || mediaType === undefined) return found.output;
  const image: CoverImage = { bytes: Uint8Array.from(cover), mediaType };
  return { ...found.output, cover: image };
}

/** The failure that a child tells of; throws where it makes no sense. */
export function parseFailure(payload: Buffer): ClefError {
  const found = v.safeParse(failure, parseJson(payload));
  if (!found.success) throw refused();
  return new ClefError(found.output.code, found.output.reason);
}

/** Throws where the table breaks a bound, or a span reaches beyond the file that it is of. */
export function parseTable(payload: Buffer, fileBytes: number): PacketTable {
  let table: PacketTable;
  try {
    table = parsePacketTable(payload);
  } catch (error) {
    throw new ClefError('media-unreadable', 'its packet table makes no sense', { cause: error });
  }
  const { spanOffsetBytes, spanLengthBytes } = table.packets;
  const endBytes = (spanOffsetBytes.at(-1) ?? 0) + (spanLengthBytes.at(-1) ?? 0);
  if (endBytes > fileBytes) throw new ClefError('media-unreadable', 'its packets lie outside of it');
  return table;
}

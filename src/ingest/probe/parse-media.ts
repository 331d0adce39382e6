import { type IAudioMetadata, type IPicture, parseFromTokenizer } from 'music-metadata';
import type { AudioProperties } from '../../catalog/index.ts';
import { asBytes, ClefError, isClefError } from '../../core/index.ts';
import type { CoverImage, ProbedMedia } from '../port.ts';
import { codecName, type MediaKind, mediaTypeOf } from '../tags/media-type.ts';
import { tagsOf } from '../tags/tags.ts';
import type { ByteReader } from './byte-reader.ts';
import { imageTypeOf, LARGEST_COVER_BYTES } from './image-type.ts';
import { measureFlac } from './flac-length.ts';
import { readWholeFrames } from './id3-frames.ts';
import { measureMpeg } from './mpeg-length.ts';
import { countOggSamples, opusPreSkip } from './ogg-length.ts';
import { sniff, type SniffedMedia } from './sniff.ts';
import { ReaderTokenizer } from './tokenizer.ts';
import { endsBeforeItsBoxes } from './boxes.ts';

/** By what the metadata library chooses its parser. */
const LIBRARY_TYPES: Readonly<Record<MediaKind, string>> = {
  adts: 'audio/mpeg',
  aiff: 'audio/aiff',
  ape: 'audio/ape',
  asf: 'audio/ms-asf',
  dsdiff: 'audio/dsd',
  dsf: 'audio/dsf',
  flac: 'audio/flac',
  matroska: 'audio/matroska',
  mp4: 'audio/mp4',
  mpeg: 'audio/mpeg',
  musepack: 'audio/musepack',
  ogg: 'audio/ogg',
  wav: 'audio/wav',
  wavpack: 'audio/wavpack',
  webm: 'audio/webm',
};

/** Opus decodes to this rate, whatever was recorded (RFC 7845 section 5.1). */
const OPUS_RATE_HZ = 48_000;

function unreadable(reason: string, cause?: unknown): ClefError {
  return new ClefError('media-unreadable', reason, { cause });
}

const PICTURE_ORDER = ['cover (front)', 'other', '', 'media (e.g. label side of cd)', 'illustration'];

function pictureRank(picture: IPicture): number {
  const rank = PICTURE_ORDER.indexOf((picture.type ?? '').toLowerCase());
  return rank < 0 ? PICTURE_ORDER.length : rank;
}

function coverOf(common: IAudioMetadata['common']): CoverImage | undefined {
  const pictures = (common.picture ?? []).toSorted((a, b) => pictureRank(a) - pictureRank(b));
  for (const { data } of pictures) {
    const mediaType = imageTypeOf(data);
    if (mediaType !== undefined && data.length <= LARGEST_COVER_BYTES)
      return { bytes: asBytes(data), mediaType };
  }
  return undefined;
}

interface Measure {
  readonly durationMs: number | undefined;
  readonly sampleRateHz?: number;
  readonly channelCount?: number;
  readonly codec?: string;
  readonly audioBytes?: number;
  readonly isCutShort: boolean;
}

function fromLibrary(format: IAudioMetadata['format'], isCutShort = false): Measure {
  return { durationMs: format.duration === undefined ? undefined : format.duration * 1000, isCutShort };
}

/** The library trusts headers; what they say is measured here where a file's own structure tells more. */
async function measure(reader: ByteReader, found: SniffedMedia, metadata: IAudioMetadata): Promise<Measure> {
  const { format } = metadata;
  switch (found.kind) {
    case 'mpeg':
    case 'adts': {
      const mpeg = await measureMpeg(reader, found.startBytes);
      if (!mpeg) throw unreadable('it holds no audio');
      const { codec, sampleRateHz, channelCount } = mpeg.first;
      return { ...mpeg, codec, sampleRateHz, channelCount };
    }
    case 'ogg': {
      const isOpus = codecName('ogg', format.codec) === 'opus';
      const rateHz = isOpus ? OPUS_RATE_HZ : format.sampleRate;
      const samples = await countOggSamples(reader, isOpus ? await opusPreSkip(reader) : 0);
      if (rateHz === undefined || samples === undefined) return fromLibrary(format);
      return { durationMs: (samples / rateHz) * 1000, sampleRateHz: rateHz, isCutShort: false };
    }
    case 'flac': {
      const flac = await measureFlac(reader, found.startBytes);
      if (!flac || format.sampleRate === undefined) return fromLibrary(format);
      return { durationMs: (flac.sampleCount / format.sampleRate) * 1000, isCutShort: flac.isCutShort };
    }
    case 'mp4':
    case 'wav':
    case 'aiff':
      return fromLibrary(format, await endsBeforeItsBoxes(reader, found));
    default:
      return fromLibrary(format);
  }
}

function positive(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) && value > 0 ? Math.round(value) : undefined;
}

function audioOf(
  reader: ByteReader,
  kind: MediaKind,
  metadata: IAudioMetadata,
  measured: Measure,
): AudioProperties {
  const { format, common } = metadata;
  const durationMs = positive(measured.durationMs) ?? 0;
  const codec = measured.codec ?? codecName(kind, format.codec);
  const pictureBytes = (common.picture ?? []).reduce((total, { data }) => total + data.length, 0);
  const audioBytes = measured.audioBytes ?? Math.max(0, reader.lengthBytes - pictureBytes);
  const measuredKbps = durationMs === 0 ? undefined : (audioBytes * 8) / durationMs;
  const bitRateKbps = positive(measuredKbps);
  const sampleRateHz = positive(measured.sampleRateHz ?? format.sampleRate);
  const bitDepth = format.lossless === true ? positive(format.bitsPerSample) : undefined;
  const channelCount = positive(measured.channelCount ?? format.numberOfChannels);
  return {
    durationMs,
    ...(bitRateKbps !== undefined && { bitRateKbps }),
    ...(sampleRateHz !== undefined && { sampleRateHz }),
    ...(bitDepth !== undefined && { bitDepth }),
    ...(channelCount !== undefined && { channelCount }),
    codec,
    container: kind,
    ...mediaTypeOf(kind, codec),
  };
}

async function parse(reader: ByteReader): Promise<ProbedMedia> {
  if (reader.lengthBytes === 0) throw unreadable('the file is empty');
  const found = await sniff(reader);
  if (!found) throw unreadable('its content is not audio of a kind that Clef knows');
  const tokenizer = new ReaderTokenizer(reader, LIBRARY_TYPES[found.kind]);
  const metadata = await parseFromTokenizer(tokenizer, { duration: false, includeChapters: false });
  if (metadata.format.hasVideo === true) throw unreadable('it is a video');
  const measured = await measure(reader, found, metadata);
  const audio = audioOf(reader, found.kind, metadata, measured);
  if (audio.durationMs === 0) throw unreadable('it holds no audio');
  const isId3 = found.kind === 'mpeg' || found.kind === 'adts';
  const tags = tagsOf(metadata, isId3 ? await readWholeFrames(reader) : undefined);
  const cover = coverOf(metadata.common);
  return { tags, audio, ...(cover && { cover }), isCutShort: measured.isCutShort };
}

/**
 * Reads as much of a file as describes it. Rejects with `media-unreadable` where it is no music, with
 * `media-too-costly` where memory does not suffice.
 */
export async function parseMedia(reader: ByteReader): Promise<ProbedMedia> {
  try {
    return await parse(reader);
  } catch (error) {
    if (isClefError(error)) throw error;
    const isTooMuch = error instanceof RangeError && /allocation|array length/i.test(error.message);
    if (!isTooMuch) throw unreadable('its structure is damaged', error);
    throw new ClefError('media-too-costly', 'reading it takes more memory than is allowed', { cause: error });
  }
}

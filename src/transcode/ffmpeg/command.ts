import * as v from 'valibot';
import { ClefError } from '../../core/index.ts';
import type { RenditionKind } from '../port.ts';
import type { Programs } from './child.ts';

/**
 * What imports let in. Playlists and picture sequences are left out, since they name other files and hosts
 * (ffmpeg-formats(1), "Demuxers").
 */
const DEMUXERS = [
  'aac',
  'aiff',
  'ape',
  'asf',
  'dsf',
  'flac',
  'iff',
  'matroska',
  'mov',
  'mp3',
  'mpc',
  'mpc8',
  'ogg',
  'w64',
  'wav',
  'wv',
];

/** Decoders that give back what was encoded, sample by sample. */
const LOSSLESS = /^(alac|als|ape|flac|mlp|pcm_.*|shorten|tak|truehd|tta|wavpack|wmalossless)$/;

/** FLAC and Opus have no more. */
const MOST_CHANNELS = 8;
const OPUS_BITS_PER_CHANNEL = 80_000;

/** The input is descriptor 3, the output 4; no protocol but these files' is there, so neither is a network. */
const INPUT = 'file:/proc/self/fd/3';
const OUTPUT = 'file:/proc/self/fd/4';
const FORMATS = ['-format_whitelist', DEMUXERS.join(',')];
const READING = ['-protocol_whitelist', 'file', ...FORMATS, '-i', INPUT];

const streamsSchema = v.object({
  streams: v.array(v.object({ codec_name: v.string(), channels: v.pipe(v.number(), v.minValue(1)) })),
});

export interface AudioStream {
  readonly isLossless: boolean;
  readonly channelCount: number;
}

export function inspectCommand({ ffprobe }: Programs): string[] {
  const what = ['-select_streams', 'a:0', '-show_entries', 'stream=codec_name,channels'];
  return [ffprobe, '-v', 'quiet', '-of', 'json', ...what, ...READING];
}

export function parseStream(answer: string): AudioStream {
  const found = v.safeParse(v.pipe(v.string(), v.parseJson(), streamsSchema), answer);
  const stream = found.success ? found.output.streams[0] : undefined;
  if (!stream) throw new ClefError('media-unreadable', 'its decoder finds no music in it');
  return { isLossless: LOSSLESS.test(stream.codec_name), channelCount: stream.channels };
}

export function kindFor({ isLossless }: AudioStream, kinds: readonly RenditionKind[]): RenditionKind {
  const wanted: RenditionKind = isLossless ? 'flac' : 'opus';
  const kind = kinds.includes(wanted) ? wanted : kinds[0];
  if (!kind) throw new TypeError('a rendition of no kind was asked for');
  return kind;
}

export function transcodeCommand({ ffmpeg }: Programs, stream: AudioStream, kind: RenditionKind): string[] {
  const channels = Math.min(stream.channelCount, MOST_CHANNELS);
  // Channel mapping family 1 has a place for each speaker, RFC 7845 section 5.1.1.2.
  const family = channels > 2 ? ['-mapping_family', '1'] : [];
  const bitRate = String(channels * OPUS_BITS_PER_CHANNEL);
  const encoding =
    kind === 'flac'
      ? ['-c:a', 'flac', '-f', 'flac']
      : ['-c:a', 'libopus', '-b:a', bitRate, ...family, '-f', 'ogg'];
  const down = stream.channelCount > MOST_CHANNELS ? ['-ac', String(MOST_CHANNELS)] : [];
  const music = ['-map', '0:a:0', '-map_metadata', '-1', '-map_chapters', '-1', ...down];
  const alike = ['-threads', '1', '-fflags', '+bitexact', '-flags:a', '+bitexact'];
  const quietly = ['-v', 'quiet', '-nostdin', '-y', '-threads', '1'];
  return [ffmpeg, ...quietly, ...READING, ...music, ...alike, ...encoding, OUTPUT];
}

export interface Decoding {
  /** Of the input, in seconds, exact to a frame. */
  readonly fromSeconds: number;
  readonly rateHz: number;
  /** `file`: all of it is there. `pipe`: it comes in order, and is not sought in. */
  readonly input: 'file' | 'pipe';
}

/** Stereo frames of 32-bit floats, to the output. */
export function decodeCommand({ ffmpeg }: Pick<Programs, 'ffmpeg'>, decoding: Decoding): string[] {
  const { fromSeconds, rateHz, input } = decoding;
  const from = fromSeconds > 0 ? ['-ss', fromSeconds.toFixed(6)] : [];
  const reading = input === 'file' ? READING : ['-protocol_whitelist', 'pipe', ...FORMATS, '-i', 'pipe:3'];
  const frames = ['-map', '0:a:0', '-ac', '2', '-ar', String(rateHz), '-f', 'f32le', '-c:a', 'pcm_f32le'];
  return [ffmpeg, '-v', 'quiet', '-nostdin', '-threads', '1', ...from, ...reading, ...frames, 'pipe:1'];
}

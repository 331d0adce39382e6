import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { vorbisPicture } from './media-tags.ts';

const run = promisify(execFile);

/** How each format is made by ffmpeg, and what the file is called. */
const FORMATS = {
  ogg: { suffix: 'ogg', options: ['-c:a', 'libvorbis', '-q:a', '4'] },
  flac: { suffix: 'flac', options: ['-c:a', 'flac'] },
  'mp3-cbr': { suffix: 'mp3', options: ['-c:a', 'libmp3lame', '-b:a', '128k', '-id3v2_version', '3'] },
  'mp3-vbr': { suffix: 'mp3', options: ['-c:a', 'libmp3lame', '-q:a', '5', '-id3v2_version', '4'] },
  'mp3-vbr-without-table': {
    suffix: 'mp3',
    options: ['-c:a', 'libmp3lame', '-q:a', '5', '-write_xing', '0', '-id3v2_version', '4'],
  },
  'm4a-aac': { suffix: 'm4a', options: ['-c:a', 'aac', '-b:a', '128k'] },
  'm4a-alac': { suffix: 'm4a', options: ['-c:a', 'alac'] },
  opus: { suffix: 'opus', options: ['-c:a', 'libopus', '-b:a', '96k'] },
  wav: { suffix: 'wav', options: ['-c:a', 'pcm_s16le'] },
  aiff: { suffix: 'aiff', options: ['-c:a', 'pcm_s16be', '-write_id3v2', '1'] },
  adts: { suffix: 'aac', options: ['-c:a', 'aac', '-b:a', '96k', '-f', 'adts'] },
  wavpack: { suffix: 'wv', options: ['-c:a', 'wavpack'] },
} as const satisfies Record<string, { suffix: string; options: readonly string[] }>;

export type MediaFormat = keyof typeof FORMATS;

export const ALL_FORMATS = Object.keys(FORMATS) as readonly MediaFormat[];

export function suffixFor(format: MediaFormat): string {
  return FORMATS[format].suffix;
}

export interface MediaRecipe {
  readonly format: MediaFormat;
  /** ffmpeg's names: title, artist, album, album_artist, track, disc, date, genre, … */
  readonly tags?: Readonly<Record<string, string>>;
  /** What is heard: a file, or a tone whose loudness and pitch change so that no two formats agree by chance. */
  readonly source?: string;
  readonly toneHz?: number;
  readonly seconds?: number;
  /** PNG. Not written to WAV, ADTS and WavPack, which ffmpeg cannot give one. */
  readonly cover?: Uint8Array;
}

const WITH_ATTACHED_PICTURE: ReadonlySet<MediaFormat> = new Set([
  'flac',
  'mp3-cbr',
  'mp3-vbr',
  'mp3-vbr-without-table',
  'm4a-aac',
  'm4a-alac',
  'aiff',
]);
const WITH_PICTURE_COMMENT: ReadonlySet<MediaFormat> = new Set(['ogg', 'opus']);

export async function hasFfmpeg(): Promise<boolean> {
  try {
    await run('ffmpeg', ['-version']);
    return true;
  } catch {
    return false;
  }
}

function inputOf(recipe: MediaRecipe): string[] {
  const length = recipe.seconds === undefined ? [] : ['-t', String(recipe.seconds)];
  if (recipe.source !== undefined) return [...length, '-i', recipe.source];
  const hz = recipe.toneHz ?? 330;
  const tone = `0.3*sin(2*PI*${hz}*t*(1+0.1*sin(3*t)))*(0.6+0.4*sin(5*t))`;
  // Reckoned once for both channels: that is most of what a file costs.
  return ['-f', 'lavfi', ...length, '-i', `aevalsrc=${tone}:s=44100,pan=stereo|c0=c0|c1=c0`];
}

/** Encodes one file with ffmpeg; the folder is made where it is missing. */
export async function encodeMedia(path: string, recipe: MediaRecipe): Promise<void> {
  const { options } = FORMATS[recipe.format];
  await mkdir(dirname(path), { recursive: true });
  const tags: Record<string, string> = { ...recipe.tags };
  const picture = `${path}.cover.png`;
  const attach = recipe.cover !== undefined && WITH_ATTACHED_PICTURE.has(recipe.format);
  if (recipe.cover && WITH_PICTURE_COMMENT.has(recipe.format)) {
    tags['METADATA_BLOCK_PICTURE'] = Buffer.from(vorbisPicture(recipe.cover, 'image/png')).toString('base64');
  }
  if (attach && recipe.cover) await writeFile(picture, recipe.cover);
  const streams = attach
    ? ['-i', picture, '-map', '0:a', '-map', '1:v', '-c:v', 'copy', '-disposition:v', 'attached_pic']
    : ['-map', '0:a'];
  const metadata = Object.entries(tags).flatMap(([name, value]) => ['-metadata', `${name}=${value}`]);
  const before = ['-nostdin', '-v', 'error', '-y'];
  const after = ['-map_metadata', '-1', ...metadata, '-fflags', '+bitexact', '-flags:a', '+bitexact'];
  await run('ffmpeg', [...before, ...inputOf(recipe), ...streams, ...after, ...options, path]);
  if (attach) await rm(picture);
}

export interface FfprobeView {
  readonly durationMs: number;
  readonly codec: string;
  readonly sampleRateHz: number;
  readonly channelCount: number;
  /** Names in lower case; a stream's own tags where the container has none. */
  readonly tags: Readonly<Record<string, string>>;
}

/** What ffprobe sees in a file: the second opinion that tests compare with. */
export async function ffprobe(path: string): Promise<FfprobeView> {
  const shown = 'format=duration:format_tags:stream=codec_name,sample_rate,channels:stream_tags';
  const options = ['-v', 'error', '-select_streams', 'a:0', '-of', 'json', '-show_entries', shown];
  const { stdout } = await run('ffprobe', [...options, path]);
  const found = JSON.parse(stdout) as {
    format: { duration?: string; tags?: Record<string, string> };
    streams: { codec_name: string; sample_rate: string; channels: number; tags?: Record<string, string> }[];
  };
  const [stream] = found.streams;
  if (!stream) throw new Error('ffprobe found no audio stream');
  const tags = Object.entries({ ...stream.tags, ...found.format.tags });
  return {
    durationMs: Number(found.format.duration ?? 0) * 1000,
    codec: stream.codec_name,
    sampleRateHz: Number(stream.sample_rate),
    channelCount: stream.channels,
    tags: Object.fromEntries(tags.map(([name, value]) => [name.toLowerCase(), value])),
  };
}

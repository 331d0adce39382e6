import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Bytes } from '../../src/core/index.ts';
import { ByteReader } from '../../src/ingest/probe/byte-reader.ts';
import { readPacketTable } from '../../src/ingest/probe/packets/index.ts';
import type { PacketTable } from '../../src/playback/index.ts';
import { sharedFolder } from './shared-by-run.ts';

const run = promisify(execFile);

/** Of the recording that all files are made from; a multiple of no packet's length. */
export const RECORDED_SAMPLES = 220_567;
export const RECORDED_RATE_HZ = 44_100;

/** ffmpeg's options by file name. */
const RECIPES = {
  'plain.flac': ['-c:a', 'flac'],
  'level-8-24-bit.flac': [
    '-c:a',
    'flac',
    '-sample_fmt',
    's32',
    '-compression_level',
    '8',
    '-frame_size',
    '1000',
  ],
  'constant.mp3': ['-c:a', 'libmp3lame', '-b:a', '128k'],
  'low.mp3': ['-c:a', 'libmp3lame', '-b:a', '32k', '-ar', '44100'],
  'variable.mp3': [
    '-c:a',
    'libmp3lame',
    '-q:a',
    '5',
    '-id3v2_version',
    '4',
    '-write_id3v1',
    '1',
    '-metadata',
    'title=x',
  ],
  'without-table.mp3': ['-c:a', 'libmp3lame', '-q:a', '5', '-write_xing', '0'],
  'mpeg-2.mp3': ['-c:a', 'libmp3lame', '-ar', '22050', '-b:a', '32k'],
  'mono.mp3': ['-c:a', 'libmp3lame', '-ac', '1'],
  // Without noise substitution, which draws random numbers that depend on all that was decoded before.
  'aac.m4a': ['-c:a', 'aac', '-aac_pns', '0', '-b:a', '128k'],
  'aac-faststart.m4a': ['-c:a', 'aac', '-aac_pns', '0', '-b:a', '192k', '-movflags', '+faststart'],
  'aac-fragmented.m4a': [
    '-c:a',
    'aac',
    '-aac_pns',
    '0',
    '-movflags',
    'frag_keyframe+delay_moov',
    '-frag_duration',
    '500000',
  ],
  'aac-22050.m4a': ['-c:a', 'aac', '-aac_pns', '0', '-ar', '22050'],
  'adts.aac': ['-c:a', 'aac', '-aac_pns', '0', '-f', 'adts'],
  'alac.m4a': ['-c:a', 'alac'],
  'flac.mp4': ['-c:a', 'flac', '-strict', '-2'],
  'opus.mp4': ['-c:a', 'libopus', '-b:a', '96k'],
  'plain.opus': ['-c:a', 'libopus', '-b:a', '96k'],
  'short-packets.opus': ['-c:a', 'libopus', '-b:a', '96k', '-frame_duration', '2.5'],
  'plain.ogg': ['-c:a', 'libvorbis', '-q:a', '4'],
  'page-a-packet.ogg': ['-c:a', 'libvorbis', '-q:a', '9', '-page_duration', '1'],
  'flac.oga': ['-c:a', 'flac', '-f', 'ogg'],
  'u8.wav': ['-c:a', 'pcm_u8'],
  's16.wav': ['-c:a', 'pcm_s16le'],
  's24.wav': ['-c:a', 'pcm_s24le'],
  's32.wav': ['-c:a', 'pcm_s32le'],
  'f32.wav': ['-c:a', 'pcm_f32le'],
  'f64.wav': ['-c:a', 'pcm_f64le'],
  's16.aiff': ['-c:a', 'pcm_s16be'],
  's24.aiff': ['-c:a', 'pcm_s24be'],
} as const satisfies Record<string, readonly string[]>;

export type RecordingName = keyof typeof RECIPES;

export const RECORDINGS = Object.keys(RECIPES) as readonly RecordingName[];

async function ffmpeg(...options: readonly string[]): Promise<void> {
  await run('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...options]);
}

export interface Recordings {
  readonly folder: string;
  readonly files: ReadonlyMap<RecordingName, Bytes>;
}

let made: Promise<Recordings> | undefined;

/** The recording, two channels of tones and noise that differ, in every format: made once in this process, and only read. */
export function sharedRecordings(): Promise<Recordings> {
  return (made ??= makeRecordings(sharedFolder('recordings')));
}

async function makeRecordings(folder: string): Promise<Recordings> {
  const source = join(folder, 'source.wav');
  const left = '0.3*sin(2*PI*330*t*(1+0.1*sin(3*t)))+0.1*(random(0)-0.5)';
  const right = '0.3*sin(2*PI*220*t)+0.05*(random(1)-0.5)';
  const sound = ['-f', 'lavfi', '-i', `aevalsrc=${left}|${right}:s=${RECORDED_RATE_HZ}`];
  await ffmpeg(...sound, '-af', `atrim=end_sample=${RECORDED_SAMPLES}`, '-c:a', 'pcm_s16le', source);
  const files = new Map<RecordingName, Bytes>();
  for (const name of RECORDINGS) {
    const path = join(folder, name);
    await ffmpeg('-i', source, ...RECIPES[name], path);
    files.set(name, Uint8Array.from(await readFile(path)));
  }
  return { folder, files };
}

/** What ffmpeg decodes a file to, interleaved. */
export async function decodeWithFfmpeg(path: string): Promise<Float32Array> {
  const options = ['-nostdin', '-v', 'error', '-i', path, '-f', 'f32le', '-c:a', 'pcm_f32le', '-'];
  const { stdout } = await run('ffmpeg', options, { encoding: 'buffer', maxBuffer: 2 ** 30 });
  return new Float32Array(Uint8Array.from(stdout).buffer);
}

export function tableOf(bytes: Uint8Array): Promise<PacketTable | undefined> {
  return readPacketTable(
    new ByteReader(bytes.length, async (offset, length) => bytes.subarray(offset, offset + length)),
  );
}

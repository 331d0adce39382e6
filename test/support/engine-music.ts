import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ByteReader } from '../../src/ingest/probe/byte-reader.ts';
import { readPacketTable } from '../../src/ingest/probe/packets/index.ts';
import { encodePacketTable } from '../../src/playback/index.ts';

const run = promisify(execFile);

/** Each format that players meet, how ffmpeg makes it, and whether it gives every sample back. */
const ENGINE_FORMATS = {
  flac: { suffix: 'flac', options: ['-c:a', 'flac'], lossless: true },
  flac24: { suffix: 'flac', options: ['-c:a', 'flac', '-sample_fmt', 's32'], lossless: true },
  wav: { suffix: 'wav', options: ['-c:a', 'pcm_s16le'], lossless: true },
  wav24: { suffix: 'wav', options: ['-c:a', 'pcm_s24le'], lossless: true },
  'mp3-cbr': { suffix: 'mp3', options: ['-c:a', 'libmp3lame', '-b:a', '192k'], lossless: false },
  'mp3-vbr': { suffix: 'mp3', options: ['-c:a', 'libmp3lame', '-q:a', '3'], lossless: false },
  // Noise substitution (ISO/IEC 14496-3 section 4.6.13) is random by definition: no two decodes of it are equal.
  m4a: { suffix: 'm4a', options: ['-c:a', 'aac', '-b:a', '160k', '-aac_pns', '0'], lossless: false },
  opus: { suffix: 'opus', options: ['-c:a', 'libopus', '-b:a', '128k'], lossless: false },
  vorbis: { suffix: 'ogg', options: ['-c:a', 'libvorbis', '-q:a', '5'], lossless: false },
} as const satisfies Record<string, { suffix: string; options: readonly string[]; lossless: boolean }>;

export type EngineFormat = keyof typeof ENGINE_FORMATS;
export const engineFormats = Object.keys(ENGINE_FORMATS) as readonly EngineFormat[];

export function isLossless(format: EngineFormat): boolean {
  return ENGINE_FORMATS[format].lossless;
}

/** Opus decodes at this rate only; other formats keep the rate of what is recorded. */
export function rateOf(format: EngineFormat): number {
  return format === 'opus' ? 48_000 : 44_100;
}

export interface EngineTrack {
  readonly id: string;
  readonly bytes: Uint8Array;
  /** As the format of packet tables writes it. */
  readonly table: Uint8Array;
}

/** A recording that is never silent and never repeats, as interleaved stereo of 16 or 24 bits. */
export function recordingOf(seconds: number, rateHz: number): Float32Array {
  const frames = Math.round(seconds * rateHz);
  const samples = new Float32Array(frames * 2);
  let noise = 12_345;
  for (let i = 0; i < frames; i++) {
    const t = i / rateHz;
    noise = (Math.imul(noise, 1_103_515_245) + 12_345) | 0;
    const sweep = 0.3 * Math.sin(2 * Math.PI * (220 * t + 40 * t * t)) * (0.7 + 0.3 * Math.sin(7 * t));
    const hiss = 0.02 * (noise / 0x80000000);
    samples[2 * i] = whole(sweep + hiss);
    samples[2 * i + 1] = whole(0.3 * Math.sin(2 * Math.PI * (331 * t + 25 * t * t)) + hiss);
  }
  return samples;
}

/** Of 16 bits, and never 0: silence marks where sound begins and ends. */
function whole(sample: number): number {
  return (Math.round(sample * 0x7fff) || 1) / 0x8000;
}

/** Encodes frames [from, end) of a recording as one track. */
export async function encodeTrack(
  folder: string,
  id: string,
  format: EngineFormat,
  samples: Float32Array,
  rateHz: number,
): Promise<EngineTrack> {
  const { suffix, options } = ENGINE_FORMATS[format];
  const raw = join(folder, `${id}.f32`);
  const file = join(folder, `${id}.${suffix}`);
  await writeFile(raw, new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  const input = ['-f', 'f32le', '-ar', `${rateHz}`, '-ac', '2', '-i', raw];
  await run('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...input, ...options, file]);
  return trackOf(id, await readFile(file));
}

export async function trackOf(id: string, bytes: Uint8Array): Promise<EngineTrack> {
  const reader = new ByteReader(bytes.length, async (offset, length) =>
    bytes.subarray(offset, offset + length),
  );
  const table = await readPacketTable(reader);
  if (!table) throw new Error(`${id} has no packet table`);
  return { id, bytes, table: encodePacketTable(table) };
}

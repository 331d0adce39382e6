import { randomFillSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface NoiseTrack {
  readonly title: string;
  readonly fileName: string;
  readonly lengthBytes: number;
}

const HEADER_BYTES = 44;
const SAMPLE_RATE_HZ = 44_100;
const CHANNELS = 2;
const SAMPLE_BYTES = 2;

/** WAV files of noise, which nothing compresses and no two of which are alike. */
export async function writeNoiseMusic(
  folder: string,
  count: number,
  lengthBytes: number,
): Promise<NoiseTrack[]> {
  await mkdir(folder, { recursive: true });
  const bytes = Buffer.alloc(lengthBytes);
  writeHeader(bytes);
  const tracks: NoiseTrack[] = [];
  for (let i = 0; i < count; i++) {
    randomFillSync(bytes, HEADER_BYTES);
    const title = `noise-${String(i).padStart(4, '0')}`;
    const fileName = `${title}.wav`;
    await writeFile(join(folder, fileName), bytes);
    tracks.push({ title, fileName, lengthBytes });
  }
  return tracks;
}

/** RIFF, 16-bit PCM. */
function writeHeader(bytes: Buffer): void {
  const frameBytes = CHANNELS * SAMPLE_BYTES;
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(CHANNELS, 22);
  bytes.writeUInt32LE(SAMPLE_RATE_HZ, 24);
  bytes.writeUInt32LE(SAMPLE_RATE_HZ * frameBytes, 28);
  bytes.writeUInt16LE(frameBytes, 32);
  bytes.writeUInt16LE(SAMPLE_BYTES * 8, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(bytes.length - HEADER_BYTES, 40);
}

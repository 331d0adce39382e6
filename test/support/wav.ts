import type { Bytes } from '../../src/core/index.ts';

const SAMPLE_RATE_HZ = 44_100;
const HEADER_BYTES = 44;

/** A tone of rising pitch, 16 bits, one channel: any two moments of it sound different. */
export function toneWav(seconds: number): Bytes {
  const sampleCount = Math.round(seconds * SAMPLE_RATE_HZ);
  const bytes = new Uint8Array(HEADER_BYTES + sampleCount * 2);
  const view = new DataView(bytes.buffer);
  const writeAscii = (offset: number, text: string) => {
    for (let i = 0; i < text.length; i++) view.setUint8(offset + i, text.charCodeAt(i));
  };
  writeAscii(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  writeAscii(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, SAMPLE_RATE_HZ, true);
  view.setUint32(28, SAMPLE_RATE_HZ * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  writeAscii(36, 'data');
  view.setUint32(40, sampleCount * 2, true);
  let phase = 0;
  for (let i = 0; i < sampleCount; i++) {
    phase += (2 * Math.PI * (220 + (440 * i) / sampleCount)) / SAMPLE_RATE_HZ;
    view.setInt16(HEADER_BYTES + i * 2, Math.round(Math.sin(phase) * 12_000), true);
  }
  return bytes;
}

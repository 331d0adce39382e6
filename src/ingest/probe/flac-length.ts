import type { ByteReader } from './byte-reader.ts';

/** Far more than the frames that music has; a last frame that is longer is not found, and not needed. */
const TAIL_BYTES = 256 * 1024;
const LONGEST_HEADER_BYTES = 16;

export interface FlacMeasure {
  readonly sampleCount: number;
  readonly isCutShort: boolean;
}

/** RFC 9639 section 9.1.8: polynomial x^8 + x^2 + x + 1. */
function crc8(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x80) === 0 ? crc << 1 : ((crc << 1) ^ 0x07) & 0xff;
  }
  return crc;
}

/** RFC 9639 section 9.1.5: UTF-8's scheme carried on to 36 bits. */
function codedNumber(bytes: Uint8Array, offset: number): { value: number; lengthBytes: number } | undefined {
  const first = bytes[offset] ?? 0;
  const ones = Math.clz32(~(first << 24));
  if (ones === 0) return { value: first, lengthBytes: 1 };
  if (ones === 1 || ones === 8) return undefined;
  let value = ones === 7 ? 0 : first & (0x7f >> ones);
  for (let i = 1; i < ones; i++) {
    const next = bytes[offset + i] ?? 0;
    if ((next & 0xc0) !== 0x80) return undefined;
    value = value * 64 + (next & 0x3f);
  }
  return { value, lengthBytes: ones };
}

/** Samples up to the end of the frame whose header is at the offset; undefined where none is. */
function samplesAfterFrame(bytes: Uint8Array, offset: number, blockSamples: number): number | undefined {
  const second = bytes[offset + 1] ?? 0;
  const third = bytes[offset + 2] ?? 0;
  if (bytes[offset] !== 0xff || (second & 0xfe) !== 0xf8) return undefined;
  const number = codedNumber(bytes, offset + 4);
  if (!number) return undefined;
  let at = offset + 4 + number.lengthBytes;
  const sizeCode = third >> 4;
  let samples = 0;
  if (sizeCode === 1) samples = 192;
  else if (sizeCode >= 2 && sizeCode <= 5) samples = 144 << sizeCode;
  else if (sizeCode === 6) samples = (bytes[at++] ?? 0) + 1;
  else if (sizeCode === 7) samples = (((bytes[at++] ?? 0) << 8) | (bytes[at++] ?? 0)) + 1;
  else if (sizeCode >= 8) samples = 1 << sizeCode;
  if (samples === 0) return undefined;
  const rateCode = third & 0x0f;
  at += rateCode === 12 ? 1 : rateCode === 13 || rateCode === 14 ? 2 : 0;
  if (rateCode === 15 || at >= bytes.length || crc8(bytes.subarray(offset, at)) !== bytes[at])
    return undefined;
  const isVariable = (second & 1) === 1;
  return (isVariable ? number.value : number.value * blockSamples) + samples;
}

/**
 * What STREAMINFO promises against what the last frame shows: an encoder that wrote to a pipe left the count
 * at 0, and a broken download has fewer frames. Undefined where neither says anything.
 */
export async function measureFlac(reader: ByteReader, startBytes: number): Promise<FlacMeasure | undefined> {
  const info = await reader.read(startBytes + 8, 34);
  if (info.length < 34) return undefined;
  const view = new DataView(info.buffer, info.byteOffset, info.byteLength);
  const blockSamples = view.getUint16(0);
  const promised = (view.getUint8(13) & 0x0f) * 2 ** 32 + view.getUint32(14);
  const start = Math.max(startBytes, reader.lengthBytes - TAIL_BYTES);
  const tail = await reader.read(start, reader.lengthBytes - start);
  for (let i = tail.lastIndexOf(0xff); i >= 0; i = i === 0 ? -1 : tail.lastIndexOf(0xff, i - 1)) {
    if (i + LONGEST_HEADER_BYTES > tail.length) continue;
    const samples = samplesAfterFrame(tail, i, blockSamples);
    if (samples === undefined || (promised > 0 && samples > promised)) continue;
    const isCutShort = promised > samples;
    return { sampleCount: isCutShort || promised === 0 ? samples : promised, isCutShort };
  }
  return promised > 0 ? { sampleCount: promised, isCutShort: false } : undefined;
}

/** One frame of FLAC (RFC 9639 section 9), from its header. */
export interface FlacFrame {
  readonly isVariable: boolean;
  /** Of the frame, or of its first sample where block sizes vary. */
  readonly number: number;
  readonly sampleCount: number;
}

export const LONGEST_FLAC_HEADER_BYTES = 16;

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

/** Undefined where no header starts at the offset, or it is not whole. */
export function parseFlacFrame(bytes: Uint8Array, offset: number): FlacFrame | undefined {
  const second = bytes[offset + 1] ?? 0;
  const third = bytes[offset + 2] ?? 0;
  if (bytes[offset] !== 0xff || (second & 0xfe) !== 0xf8) return undefined;
  const number = codedNumber(bytes, offset + 4);
  if (!number) return undefined;
  let at = offset + 4 + number.lengthBytes;
  const sizeCode = third >> 4;
  let sampleCount = 0;
  if (sizeCode === 1) sampleCount = 192;
  else if (sizeCode >= 2 && sizeCode <= 5) sampleCount = 144 << sizeCode;
  else if (sizeCode === 6) sampleCount = (bytes[at++] ?? 0) + 1;
  else if (sizeCode === 7) sampleCount = (((bytes[at++] ?? 0) << 8) | (bytes[at++] ?? 0)) + 1;
  else if (sizeCode >= 8) sampleCount = 1 << sizeCode;
  if (sampleCount === 0) return undefined;
  const rateCode = third & 0x0f;
  at += rateCode === 12 ? 1 : rateCode === 13 || rateCode === 14 ? 2 : 0;
  if (rateCode === 15 || at >= bytes.length || crc8(bytes.subarray(offset, at)) !== bytes[at])
    return undefined;
  return { isVariable: (second & 1) === 1, number: number.value, sampleCount };
}

const CRC16 = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x8005;
  return crc & 0xffff;
});

/** Whether the bytes, from a header on, end with the checksum of a frame (RFC 9639 section 9.3). */
export function isWholeFlacFrame(bytes: Uint8Array): boolean {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) ^ (CRC16[(crc >> 8) ^ byte] ?? 0)) & 0xffff;
  return crc === 0 && bytes.length > 2;
}

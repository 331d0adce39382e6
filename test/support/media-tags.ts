import { deflateSync, crc32 } from 'node:zlib';

/** Writers of tags that ffmpeg cannot write: several values of one name, other encodings, broken ones. */

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function uint32le(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** FLAC's PICTURE block, which Vorbis comments carry in base64 (RFC 9639 section 8.8). */
export function vorbisPicture(bytes: Uint8Array, mediaType: string, pictureType = 3): Buffer {
  const mime = Buffer.from(mediaType);
  const parts = [
    uint32(pictureType),
    uint32(mime.length),
    mime,
    uint32(0),
    uint32(0),
    uint32(0),
    uint32(0),
    uint32(0),
  ];
  return Buffer.concat([...parts, uint32(bytes.length), bytes]);
}

export type Comment = readonly [name: string, value: string | Uint8Array];

function vorbisComment(comments: readonly Comment[]): Buffer {
  const vendor = Buffer.from('clef test');
  const entries = comments.map(([name, value]) => {
    const entry = Buffer.concat([Buffer.from(`${name}=`), Buffer.from(value as Uint8Array)]);
    return Buffer.concat([uint32le(entry.length), entry]);
  });
  return Buffer.concat([uint32le(vendor.length), vendor, uint32le(entries.length), ...entries]);
}

const FLAC_COMMENT = 4;
const FLAC_PICTURE = 6;

function flacBlock(type: number, body: Uint8Array, isLast: boolean): Buffer {
  const header = uint32(body.length);
  header[0] = type | (isLast ? 0x80 : 0);
  return Buffer.concat([header, body]);
}

/** The same FLAC with these comments and pictures alone. */
export function retagFlac(
  flac: Buffer,
  comments: readonly Comment[],
  pictures: readonly Buffer[] = [],
): Buffer {
  const kept: { type: number; body: Buffer }[] = [];
  let offset = 4;
  for (let isLast = false; !isLast; ) {
    const first = flac.readUInt8(offset);
    const lengthBytes = flac.readUIntBE(offset + 1, 3);
    isLast = (first & 0x80) !== 0;
    const type = first & 0x7f;
    if (type === 0) kept.push({ type, body: flac.subarray(offset + 4, offset + 4 + lengthBytes) });
    offset += 4 + lengthBytes;
  }
  kept.push({ type: FLAC_COMMENT, body: vorbisComment(comments) });
  for (const body of pictures) kept.push({ type: FLAC_PICTURE, body });
  const blocks = kept.map(({ type, body }, i) => flacBlock(type, body, i === kept.length - 1));
  return Buffer.concat([Buffer.from('fLaC'), ...blocks, flac.subarray(offset)]);
}

export type Id3Encoding = 'latin1' | 'utf-16' | 'utf-8';

function encoded(text: string, encoding: Id3Encoding): Buffer {
  if (encoding === 'latin1') return Buffer.from(text, 'latin1');
  if (encoding === 'utf-8') return Buffer.from(text);
  return Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
}

const ENCODING_BYTE: Readonly<Record<Id3Encoding, number>> = { latin1: 0, 'utf-16': 1, 'utf-8': 3 };

export interface Id3Frame {
  readonly id: string;
  readonly body: Buffer;
}

/** A text frame; with a `name` a TXXX. */
export function textFrame(
  id: string,
  text: string,
  encoding: Id3Encoding = 'utf-16',
  name?: string,
): Id3Frame {
  const zero = Buffer.alloc(encoding === 'utf-16' ? 2 : 1);
  const named = name === undefined ? [] : [encoded(name, encoding), zero];
  return {
    id,
    body: Buffer.concat([Buffer.from([ENCODING_BYTE[encoding]]), ...named, encoded(text, encoding)]),
  };
}

/** USLT or COMM. */
export function languageFrame(id: string, language: string, text: string): Id3Frame {
  return {
    id,
    body: Buffer.concat([Buffer.from([3]), Buffer.from(language), Buffer.from([0]), Buffer.from(text)]),
  };
}

export function syncedLyricsFrame(
  language: string,
  lines: readonly (readonly [ms: number, text: string])[],
): Id3Frame {
  const body = lines.map(([ms, text]) => Buffer.concat([Buffer.from(text), Buffer.from([0]), uint32(ms)]));
  // UTF-8, milliseconds, lyrics, no description.
  return {
    id: 'SYLT',
    body: Buffer.concat([Buffer.from([3]), Buffer.from(language), Buffer.from([2, 1, 0]), ...body]),
  };
}

export function pictureFrame(bytes: Uint8Array, mediaType: string, pictureType = 3): Id3Frame {
  const head = [Buffer.from([0]), Buffer.from(mediaType), Buffer.from([0, pictureType, 0])];
  return { id: 'APIC', body: Buffer.concat([...head, bytes]) };
}

function syncSafe(value: number): Buffer {
  return Buffer.from([(value >> 21) & 0x7f, (value >> 14) & 0x7f, (value >> 7) & 0x7f, value & 0x7f]);
}

/** An ID3v2 tag to put before MPEG audio. */
export function id3v2(version: 3 | 4, frames: readonly Id3Frame[]): Buffer {
  const body = Buffer.concat(
    frames.map(({ id, body: frame }) => {
      const size = version === 3 ? uint32(frame.length) : syncSafe(frame.length);
      return Buffer.concat([Buffer.from(id), size, Buffer.alloc(2), frame]);
    }),
  );
  return Buffer.concat([Buffer.from('ID3'), Buffer.from([version, 0, 0]), syncSafe(body.length), body]);
}

/** MPEG audio without the ID3v2 tag before it. */
export function withoutId3v2(mp3: Buffer): Buffer {
  if (mp3.subarray(0, 3).toString('latin1') !== 'ID3') return mp3;
  const size = mp3.subarray(6, 10).reduce((total, byte) => (total << 7) | byte, 0);
  return mp3.subarray(10 + size);
}

/** A picture of one colour, as a PNG. */
export function solidPng(side: number, rgb: readonly [number, number, number]): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const named = Buffer.concat([Buffer.from(type), data]);
    return Buffer.concat([uint32(data.length), named, uint32(crc32(named))]);
  };
  const header = Buffer.concat([uint32(side), uint32(side), Buffer.from([8, 2, 0, 0, 0])]);
  const row = Buffer.concat([Buffer.from([0]), ...Array.from({ length: side }, () => Buffer.from(rgb))]);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: side }, () => row)));
  const magic = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([magic, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

function riffPart(id: string, body: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from(id, 'latin1'),
    uint32le(body.length),
    body,
    Buffer.alloc(body.length % 2),
  ]);
}

/**
 * PCM that needs no encoder: a tone, 16 bits, mono. Different seeds make different bytes. Tags are RIFF INFO's
 * names: INAM, IART, IPRD, ITRK.
 */
export function toneWav(
  seconds: number,
  seed: number,
  tags: Readonly<Record<string, string>> = {},
  rateHz = 8_000,
): Buffer {
  const data = Buffer.alloc(Math.round(seconds * rateHz) * 2);
  for (let i = 0; i < data.length / 2; i++) {
    const angle = (i * (200 + (seed % 997)) * 2 * Math.PI) / rateHz;
    data.writeInt16LE(Math.round(12_000 * Math.sin(angle) + (seed % 8_999)), i * 2);
  }
  const format = Buffer.alloc(16);
  format.writeUInt16LE(1, 0);
  format.writeUInt16LE(1, 2);
  format.writeUInt32LE(rateHz, 4);
  format.writeUInt32LE(rateHz * 2, 8);
  format.writeUInt16LE(2, 12);
  format.writeUInt16LE(16, 14);
  const info = Object.entries(tags).map(([id, text]) => riffPart(id, Buffer.from(`${text}\0`)));
  const list = info.length === 0 ? [] : [riffPart('LIST', Buffer.concat([Buffer.from('INFO'), ...info]))];
  const parts = [riffPart('fmt ', format), ...list, riffPart('data', data)];
  return riffPart('RIFF', Buffer.concat([Buffer.from('WAVE'), ...parts]));
}

import { noise, SAMPLE_RATE_HZ } from './instruments.ts';
import type { Stereo } from './render.ts';

export interface WavTags {
  readonly title: string;
  readonly artist: string;
  readonly album: string;
  readonly composer: string;
  readonly genre: string;
  readonly year: string;
  readonly track: number;
  readonly trackCount: number;
  readonly comment: string;
}

const LARGEST = 32_767;

/** A RIFF part; parts start at even places. */
function part(id: string, body: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.write(id, 'latin1');
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
}

function info(tags: WavTags): Buffer {
  const entries: readonly (readonly [string, string])[] = [
    ['INAM', tags.title],
    ['IART', tags.artist],
    ['IPRD', tags.album],
    ['IGNR', tags.genre],
    ['ICRD', tags.year],
    ['ITRK', String(tags.track)],
    ['ICMT', tags.comment],
  ];
  // Strings end in a zero.
  const parts = entries.map(([id, text]) => part(id, Buffer.from(`${text}\0`)));
  return part('LIST', Buffer.concat([Buffer.from('INFO'), ...parts]));
}

function syncSafe(value: number): Buffer {
  return Buffer.from([(value >> 21) & 0x7f, (value >> 14) & 0x7f, (value >> 7) & 0x7f, value & 0x7f]);
}

function frame(id: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(id), syncSafe(body.length), Buffer.alloc(2), body]);
}

/** ID3v2.4 in UTF-8, for what INFO has no name for: album artist, composer, number of tracks. */
function id3(tags: WavTags): Buffer {
  const text = (id: string, value: string): Buffer =>
    frame(id, Buffer.concat([Buffer.from([3]), Buffer.from(value)]));
  const body = Buffer.concat([
    text('TIT2', tags.title),
    text('TPE1', tags.artist),
    text('TPE2', tags.artist),
    text('TALB', tags.album),
    text('TCOM', tags.composer),
    text('TCON', tags.genre),
    text('TDRC', tags.year),
    text('TRCK', `${tags.track}/${tags.trackCount}`),
    frame('COMM', Buffer.from(`\u0003eng\0${tags.comment}`)),
  ]);
  return part('id3 ', Buffer.concat([Buffer.from('ID3\x04\0\0'), syncSafe(body.length), body]));
}

/** 16-bit stereo PCM, dithered, with its tags before the sound so that they are found at once. */
export function encodeWav({ left, right }: Stereo, tags: WavTags): Buffer {
  const format = Buffer.alloc(16);
  format.writeUInt16LE(1, 0);
  format.writeUInt16LE(2, 2);
  format.writeUInt32LE(SAMPLE_RATE_HZ, 4);
  format.writeUInt32LE(SAMPLE_RATE_HZ * 4, 8);
  format.writeUInt16LE(4, 12);
  format.writeUInt16LE(16, 14);
  const pcm = new Int16Array(left.length * 2);
  const random = noise(16);
  for (let i = 0; i < left.length; i++) {
    for (const [channel, samples] of [left, right].entries()) {
      const dither = (random() + random()) / 2;
      const value = Math.round((samples[i] ?? 0) * LARGEST + dither);
      pcm[i * 2 + channel] = Math.max(-LARGEST, Math.min(LARGEST, value));
    }
  }
  const data = Buffer.from(pcm.buffer);
  const parts = Buffer.concat([part('fmt ', format), info(tags), id3(tags), part('data', data)]);
  return part('RIFF', Buffer.concat([Buffer.from('WAVE'), parts]));
}

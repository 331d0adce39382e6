import { beforeAll, describe, expect, test } from 'vitest';
import { hasFfmpeg } from '../../../../test/support/make-music.ts';
import { mutate } from '../../../../test/support/mutate.ts';
import {
  type RecordingName,
  RECORDINGS,
  sharedRecordings,
  tableOf,
} from '../../../../test/support/packet-recordings.ts';
import { type Bytes, concatBytes, utf8 } from '../../../core/index.ts';
import { encodePacketTable, type PacketTable, parsePacketTable } from '../../../playback/index.ts';
import { ProcessProbe } from '../../probe-process.ts';

const ffmpeg = await hasFfmpeg();
if (!ffmpeg && process.env['CI'] === 'true') throw new Error('ffmpeg is missing');

const MUTATIONS = 40;

let files: ReadonlyMap<RecordingName, Bytes> = new Map();

beforeAll(async () => {
  if (ffmpeg) ({ files } = await sharedRecordings());
}, 120_000);

function fileOf(name: RecordingName): Bytes {
  const bytes = files.get(name);
  if (!bytes) throw new Error(`${name} was not made`);
  return bytes;
}

function endOf({ packets }: PacketTable): number {
  return (packets.spanOffsetBytes.at(-1) ?? 0) + (packets.spanLengthBytes.at(-1) ?? 0);
}

/** A box of MP4. */
function box(type: string, ...parts: readonly Uint8Array[]): Bytes {
  const body = concatBytes(...parts);
  const header = new Uint8Array(8);
  new DataView(header.buffer).setUint32(0, 8 + body.length);
  header.set(utf8(type), 4);
  return concatBytes(header, body);
}

/** The file with one more box at the end of its `moov`, which is its last. */
function withInMoov(file: Bytes, added: Uint8Array): Bytes {
  const at = Buffer.from(file.buffer).lastIndexOf('moov') - 4;
  const moov = file.subarray(at + 8);
  // What ffmpeg says of itself would stand before.
  const own = Buffer.from(moov).lastIndexOf('udta') - 4;
  return concatBytes(file.subarray(0, at), box('moov', own < 0 ? moov : moov.subarray(0, own), added));
}

function itunesTrim(text: string): Uint8Array {
  const name = box('name', new Uint8Array(4), utf8('iTunSMPB'));
  const mean = box('mean', new Uint8Array(4), utf8('com.apple.iTunes'));
  const data = box('data', Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0), utf8(text));
  return box('udta', box('meta', new Uint8Array(4), box('ilst', box('----', mean, name, data))));
}

describe.skipIf(!ffmpeg)('a damaged file', () => {
  test.each(RECORDINGS)('%s, cut or changed anywhere, has a sound table or none', async (name) => {
    const bytes = fileOf(name);
    for (let seed = 0; seed < MUTATIONS; seed++) {
      const [change] = mutate([{ node: 0, name, bytes }], seed).changes;
      if (!change?.bytes) continue;
      const table = await tableOf(change.bytes);
      if (!table) continue;
      expect(endOf(table)).toBeLessThanOrEqual(change.bytes.length);
      expect(parsePacketTable(encodePacketTable(table)).sampleCount).toBe(table.sampleCount);
    }
  });

  test.each<[RecordingName]>([
    ['plain.flac'],
    ['variable.mp3'],
    ['plain.ogg'],
    ['aac-faststart.m4a'],
    ['s16.wav'],
  ])('%s that was not fetched to its end has what there is of it', async (name) => {
    const whole = await tableOf(fileOf(name));
    const half = await tableOf(fileOf(name).subarray(0, fileOf(name).length / 2));
    if (!whole || !half) throw new Error('no table');
    expect(half.packets.count).toBeLessThan(whole.packets.count);
    expect(half.sampleCount).toBeGreaterThan(whole.sampleCount * 0.3);
    expect(half.sampleCount).toBeLessThan(whole.sampleCount * 0.7);
  });

  test('read in its own process harms neither its reader nor the next file', async () => {
    await using probe = new ProcessProbe({ processes: 1 });
    const mediaOf = (bytes: Uint8Array) => ({
      lengthBytes: bytes.length,
      read: async (offset: number, length: number) => bytes.subarray(offset, offset + length),
    });
    for (const name of ['plain.flac', 'aac.m4a', 'plain.opus', 'variable.mp3'] as const) {
      for (let seed = 100; seed < 110; seed++) {
        const [change] = mutate([{ node: 0, name, bytes: fileOf(name) }], seed).changes;
        if (change?.bytes) await probe.packetTable(mediaOf(change.bytes));
      }
      expect(await probe.packetTable(mediaOf(fileOf(name)))).toEqual(await tableOf(fileOf(name)));
    }
  });
});

describe.skipIf(!ffmpeg)('what surrounds the music', () => {
  test('is told by iTunes before the edit list', async () => {
    const text = ' 00000000 00000840 000001CA 0000000000030000 00000000 00000000';
    const table = await tableOf(withInMoov(fileOf('aac.m4a'), itunesTrim(text)));
    expect(table).toMatchObject({ trimStartSamples: 0x840, sampleCount: 0x30000 });
    const nonsense = await tableOf(withInMoov(fileOf('aac.m4a'), itunesTrim('nonsense')));
    expect(nonsense).toMatchObject({ trimStartSamples: 1_024, sampleCount: 220_567 });
    const endless = ' 00000000 FFFFFFFF 00000000 FFFFFFFFFFFFFFFF';
    const impossible = await tableOf(withInMoov(fileOf('aac.m4a'), itunesTrim(endless)));
    expect(impossible?.sampleCount).toBe(0);
  });

  test('may be tags behind FLAC and MP3, which are no audio', async () => {
    const tag = concatBytes(utf8('TAG'), new Uint8Array(125));
    for (const name of ['plain.flac', 'constant.mp3'] as const) {
      const plain = await tableOf(fileOf(name));
      expect(await tableOf(concatBytes(fileOf(name), tag))).toEqual(plain);
    }
  });

  test('leaves FLAC without a table where a frame in the middle is gone', async () => {
    const table = await tableOf(fileOf('plain.flac'));
    const [, offset = 0] = table?.packets.spanOffsetBytes ?? [];
    const lengthBytes = table?.packets.spanLengthBytes[1] ?? 0;
    const file = fileOf('plain.flac');
    const holed = await tableOf(concatBytes(file.subarray(0, offset), file.subarray(offset + lengthBytes)));
    expect(holed).toBeUndefined();
  });
});

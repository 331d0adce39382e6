import { ALL_FORMATS as MEDIABUNNY_FORMATS, BufferSource, EncodedPacketSink, Input } from 'mediabunny';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { hasFfmpeg } from '../../../../test/support/make-music.ts';
import {
  decodeWithFfmpeg,
  RECORDED_RATE_HZ,
  RECORDED_SAMPLES,
  type RecordingName,
  RECORDINGS,
  sharedRecordings,
  tableOf,
} from '../../../../test/support/packet-recordings.ts';
import { wesnothMusic } from '../../../../test/support/wesnoth.ts';
import { encodePacketTable, type PacketTable, parsePacketTable } from '../../../playback/index.ts';

const ffmpeg = await hasFfmpeg();
if (!ffmpeg && process.env['CI'] === 'true') throw new Error('ffmpeg is missing');

let folder: string;
let files: ReadonlyMap<RecordingName, Uint8Array> = new Map();

beforeAll(async () => {
  if (ffmpeg) ({ folder, files } = await sharedRecordings());
}, 120_000);

function fileOf(name: RecordingName): Uint8Array {
  const bytes = files.get(name);
  if (!bytes) throw new Error(`${name} was not made`);
  return bytes;
}

async function foundIn(bytes: Uint8Array): Promise<PacketTable> {
  const table = await tableOf(bytes);
  if (!table) throw new Error('no table');
  return table;
}

const WITHOUT_TABLE: ReadonlySet<RecordingName> = new Set(['alac.m4a']);
const WITH_TABLE = RECORDINGS.filter((name) => !WITHOUT_TABLE.has(name));
/** They do not say what their encoder put around the music. */
const WITHOUT_TRIM: Partial<Record<RecordingName, number>> = {
  'without-table.mp3': 193 * 1_152,
  'adts.aac': 217 * 1_024,
};

/** How many samples of the recording there are at a table's rate. */
function recordedAt(table: PacketTable): number {
  return Math.round((RECORDED_SAMPLES * table.sampleRateHz) / RECORDED_RATE_HZ);
}

function packetBytes(bytes: Uint8Array, { packets }: PacketTable, index: number): Uint8Array {
  const first = packets.spanStart[index] ?? 0;
  const spans = Array.from({ length: (packets.spanStart[index + 1] ?? 0) - first }, (_, i) => {
    const offset = packets.spanOffsetBytes[first + i] ?? 0;
    return bytes.subarray(offset, offset + (packets.spanLengthBytes[first + i] ?? 0));
  });
  return Buffer.concat(spans);
}

describe.skipIf(!ffmpeg)('the packet table of a file', () => {
  test.each(WITH_TABLE)('%s has as many samples as the recording that it was made from', async (name) => {
    const table = await foundIn(fileOf(name));
    expect(table.sampleCount).toBe(WITHOUT_TRIM[name] ?? recordedAt(table));
    expect(parsePacketTable(encodePacketTable(table))).toEqual(table);
  });

  // PCM it cuts as it likes, and FLAC in Ogg it does not know.
  test.each(WITH_TABLE.filter((name) => !/wav|aiff|oga/.test(name)))(
    '%s has the packets that another reader finds in it',
    async (name) => {
      const bytes = fileOf(name);
      const table = await foundIn(bytes);
      using input = new Input({ formats: MEDIABUNNY_FORMATS, source: new BufferSource(bytes) });
      const track = await input.getPrimaryAudioTrack();
      if (!track) throw new Error('no track');
      const others = await Array.fromAsync(new EncodedPacketSink(track).packets());
      expect(table.packets.count).toBe(others.length);
      for (const [i, other] of others.entries()) {
        // Both as Node's buffers, whose comparison is quick.
        const equal = Buffer.from(packetBytes(bytes, table, i)).equals(Buffer.from(other.data));
        expect(equal, `packet ${i}`).toBe(true);
      }
    },
  );

  test.each(RECORDINGS.filter((name) => /wav|aiff/.test(name)))(
    '%s leads to the very samples that ffmpeg decodes',
    async (name) => {
      const bytes = fileOf(name);
      const table = await foundIn(bytes);
      const wanted = await decodeWithFfmpeg(join(folder, name));
      const joined = Array.from({ length: table.packets.count }, (_, i) => packetBytes(bytes, table, i));
      const samples = decodePcm(Buffer.concat(joined), table.pcmFormat ?? '');
      expect(samples.length).toBe(wanted.length);
      expect(samples.every((sample, i) => Math.fround(sample) === wanted[i])).toBe(true);
    },
  );

  test('is none where browsers decode nothing', async () => {
    for (const name of WITHOUT_TABLE) expect(await tableOf(fileOf(name))).toBeUndefined();
    expect(await tableOf(Buffer.from('no music at all'))).toBeUndefined();
  });

  test('asks for as long a pre-roll as the codec needs', async () => {
    const prerolls = new Map<string, number>();
    for (const name of WITH_TABLE) prerolls.set(name, (await foundIn(fileOf(name))).prerollPackets);
    expect(Object.fromEntries(prerolls)).toMatchObject({
      'plain.flac': 0,
      's16.wav': 0,
      'plain.ogg': 1,
      'aac.m4a': 1,
      'plain.opus': 20,
      'short-packets.opus': 160,
    });
    // As far as the reservoir was used.
    expect(prerolls.get('low.mp3')).toBeGreaterThan(prerolls.get('constant.mp3') ?? 9);
  });

  test('tells where the music begins behind the delay of its encoder', async () => {
    const trims = async (name: RecordingName) => (await foundIn(fileOf(name))).trimStartSamples;
    expect(await trims('constant.mp3')).toBe(576 + 529);
    expect(await trims('aac.m4a')).toBe(1_024);
    expect(await trims('plain.opus')).toBe(312);
    expect(await trims('plain.ogg')).toBe(0);
  });
});

function decodePcm(bytes: Buffer, form: string): Float64Array {
  const width = Number(/\d+/.exec(form)?.[0]) / 8;
  const read = (at: number): number => {
    if (form === 'u8') return (bytes.readUInt8(at) - 128) / 128;
    if (form === 'f32le') return bytes.readFloatLE(at);
    if (form === 'f64le') return bytes.readDoubleLE(at);
    const value = form.endsWith('be') ? bytes.readIntBE(at, width) : bytes.readIntLE(at, width);
    return value / 2 ** (8 * width - 1);
  };
  return Float64Array.from({ length: bytes.length / width }, (_, i) => read(i * width));
}

describe.skipIf(!ffmpeg)('real music', () => {
  test('has as many samples as ffmpeg decodes, or no table where its stream ends more than once', async () => {
    const music = await wesnothMusic();
    const names = (await readdir(music)).filter((name) =>
      /^(?:sad|victory|defeat|elf-land|northerners|silence)/.test(name),
    );
    const without: string[] = [];
    for (const name of names) {
      const table = await tableOf(await readFile(join(music, name)));
      if (!table) without.push(name);
      else
        expect(table.sampleCount).toBe(
          (await decodeWithFfmpeg(join(music, name))).length / table.channelCount,
        );
    }
    expect(names.length).toBeGreaterThan(5);
    expect(without).toEqual(['northerners.ogg']);
  });
});

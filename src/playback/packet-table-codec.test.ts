import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyPacketTable, packetsOf } from '../../test/support/packet-tables.ts';
import { seededRandom } from '../../test/support/random.ts';
import { isClefError } from '../core/index.ts';
import { encodePacketTable, parsePacketTable } from './packet-table-codec.ts';
import type { PacketTable } from './packet-table.ts';

function codeOf(run: () => unknown): string {
  try {
    run();
    return 'no failure';
  } catch (error) {
    return isClefError(error) ? error.code : String(error);
  }
}

function tableOf(samples: number, sizes: readonly number[], gapOf = (_index: number) => 0): PacketTable {
  const shapes = sizes.map((lengthBytes, i) => ({ samples, spans: [{ gapBytes: gapOf(i), lengthBytes }] }));
  return {
    codec: 'flac',
    codecString: 'flac',
    description: new Uint8Array(42),
    sampleRateHz: 44_100,
    channelCount: 2,
    trimStartSamples: 0,
    sampleCount: samples * sizes.length,
    prerollPackets: 0,
    packets: packetsOf(shapes),
  };
}

const SECONDS = 300;
const small = tableOf(4_096, [9_000, 8_000, 100]);

describe('a packet table as bytes', () => {
  test('says the same when it is read back', () => {
    fc.assert(
      fc.property(anyPacketTable, (table) => {
        const bytes = encodePacketTable(table);
        expect(parsePacketTable(bytes)).toEqual(table);
        expect(encodePacketTable(parsePacketTable(bytes))).toEqual(bytes);
      }),
    );
  });

  test('says how PCM lies', () => {
    const pcm: PacketTable = {
      ...tableOf(1_000, [6_000]),
      codec: 'pcm',
      codecString: 'pcm',
      pcmFormat: 's24be',
    };
    expect(parsePacketTable(encodePacketTable(pcm))).toEqual(pcm);
  });

  test('holds five minutes of any format in 20 KB', () => {
    const random = seededRandom(7);
    const sizes = (count: number, sizeOf: () => number) => Array.from({ length: count }, sizeOf);
    const flac = tableOf(
      4_096,
      sizes(Math.ceil((SECONDS * 44_100) / 4_096), () => 6_000 + Math.floor(random() * 8_000)),
    );
    const bitRates = [96, 112, 128, 160, 192, 224, 256, 320];
    const mp3 = tableOf(
      1_152,
      sizes(Math.ceil((SECONDS * 44_100) / 1_152), () => {
        const kbps = bitRates[Math.floor(random() * bitRates.length)] ?? 96;
        return Math.floor((144_000 * kbps) / 44_100) + Math.floor(random() * 2);
      }),
    );
    const opus = tableOf(
      960,
      sizes(SECONDS * 50, () => 180 + Math.floor(random() * 120)),
      (i) => (i % 50 === 0 ? 80 : 0),
    );
    const constant = tableOf(
      1_152,
      sizes(11_485, () => 417 + Math.floor(random() * 2)),
    );
    const lengths = [flac, mp3, opus, constant].map((table) => encodePacketTable(table).length);
    expect(Math.max(...lengths)).toBeLessThan(20_000);
    expect(encodePacketTable(constant).length).toBeLessThan(2_500);
  });

  test('is refused when it ends early or goes on', () => {
    fc.assert(
      fc.property(
        anyPacketTable,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (table, part) => {
          const bytes = encodePacketTable(table);
          const cut = bytes.subarray(0, Math.floor(bytes.length * part));
          expect(codeOf(() => parsePacketTable(cut))).toBe('malformed-asset');
          expect(codeOf(() => parsePacketTable(Uint8Array.of(...bytes, 0)))).toBe('malformed-asset');
        },
      ),
    );
  });

  test('is read or refused, and nothing else, whatever its bytes are', () => {
    const change = fc.record({ at: fc.nat(), byte: fc.nat(255) });
    fc.assert(
      fc.property(anyPacketTable, fc.array(change, { minLength: 1, maxLength: 5 }), (table, changes) => {
        const bytes = encodePacketTable(table);
        for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
        const outcome = codeOf(() => {
          const found = parsePacketTable(bytes);
          // What was accepted could have been written.
          encodePacketTable(found);
        });
        expect(['no failure', 'malformed-asset', 'unsupported-format']).toContain(outcome);
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (noise) => {
        const outcome = codeOf(() => parsePacketTable(Uint8Array.of(1, 0, 0, 2, ...noise)));
        expect(['no failure', 'malformed-asset']).toContain(outcome);
      }),
    );
  });

  test('of another version is told apart', () => {
    const bytes = encodePacketTable(small);
    bytes[0] = 2;
    expect(codeOf(() => parsePacketTable(bytes))).toBe('unsupported-format');
  });

  test('that announces millions of packets and holds none is refused without room being made', () => {
    // flac, stereo, 44,100 Hz, no trims; codec string "flac"; 4,194,304 packets.
    const head = [1, 0, 0, 2, 0xc4, 0xd8, 2, 0, 0, 0, 4, 0x66, 0x6c, 0x61, 0x63, 0, 0x80, 0x80, 0x80, 2];
    expect(codeOf(() => parsePacketTable(Uint8Array.of(...head, 0, 0, 1, 0, 0, 0, 0, 0)))).toBe(
      'malformed-asset',
    );
  });

  test.each<readonly [string, Partial<PacketTable>]>([
    ['more samples than its packets have', { sampleCount: 3 * 4_096 + 1 }],
    ['a trim beyond its end', { trimStartSamples: 3 * 4_096 + 1, sampleCount: 0 }],
    ['PCM without a form', { codec: 'pcm' }],
    ['a form that is not PCM', { pcmFormat: 'u8' }],
    ['PCM of a length that its form does not give', { codec: 'pcm', pcmFormat: 's16le' }],
    ['no channel', { channelCount: 0 }],
    ['no packet', { packets: packetsOf([]), sampleCount: 0 }],
    ['a packet without bytes', { packets: packetsOf([{ samples: 4_096, spans: [] }]), sampleCount: 0 }],
    [
      'spans that overlap',
      {
        packets: packetsOf([
          { samples: 9_999, spans: [{ gapBytes: 5, lengthBytes: 9 }] },
          { samples: 9_999, spans: [{ gapBytes: -1, lengthBytes: 9 }] },
        ]),
      },
    ],
  ])('is not written with %s', (_what, change) => {
    expect(codeOf(() => encodePacketTable({ ...small, ...change }))).toBe('malformed-asset');
  });
});

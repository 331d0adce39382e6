import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyPacketTable, packetsOf } from '../../test/support/packet-tables.ts';
import { chunksOf, packetAt, planSeek } from './packet-search.ts';
import type { PacketTable } from './packet-table.ts';

const CHUNK_BYTES = 65_536;
const anySeek = fc
  .tuple(anyPacketTable, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }))
  .filter(([table]) => table.sampleCount > 0)
  .map(([table, part]) => [table, Math.floor(table.sampleCount * part)] as const);

function vorbis(samples: readonly number[]): PacketTable {
  const packets = packetsOf(
    samples.map((count) => ({ samples: count, spans: [{ gapBytes: 0, lengthBytes: 100 }] })),
  );
  return {
    codec: 'vorbis',
    codecString: 'vorbis',
    description: new Uint8Array(1),
    sampleRateHz: 44_100,
    channelCount: 2,
    trimStartSamples: 0,
    sampleCount: packets.startSample[packets.count] ?? 0,
    prerollPackets: 1,
    packets,
  };
}

describe('seeking in a packet table', () => {
  test('finds the packet that puts out the sample', () => {
    fc.assert(
      fc.property(anySeek, ([table, sample]) => {
        const packet = packetAt(table, sample);
        const { startSample } = table.packets;
        expect(startSample[packet]).toBeLessThanOrEqual(sample + table.trimStartSamples);
        expect(startSample[packet + 1]).toBeGreaterThan(sample + table.trimStartSamples);
      }),
    );
  });

  test('decodes from as many packets earlier as the codec needs, but not from before the first', () => {
    fc.assert(
      fc.property(anySeek, ([table, sample]) => {
        const { firstPacket, packet, skipSamples } = planSeek(table, sample);
        expect(packet).toBe(packetAt(table, sample));
        expect(packet - firstPacket).toBe(Math.min(packet, table.prerollPackets));
        expect(skipSamples).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('takes into account that a Vorbis decoder keeps its first packet to itself', () => {
    const table = vorbis([0, 1_024, 1_024, 576, 128]);
    expect(planSeek(table, 0)).toEqual({ firstPacket: 0, packet: 1, skipSamples: 0 });
    expect(planSeek(table, 1_025)).toEqual({ firstPacket: 1, packet: 2, skipSamples: 1 });
    expect(planSeek(table, 2_700)).toEqual({ firstPacket: 3, packet: 4, skipSamples: 76 });
  });

  test('of a sample outside of the music ends at the first or the last packet', () => {
    const table = vorbis([0, 1_024, 1_024]);
    expect(packetAt(table, -5)).toBe(0);
    expect(packetAt(table, 1e9)).toBe(2);
  });
});

describe('the chunks of packets', () => {
  test('hold every byte of every span, and no further chunk', () => {
    fc.assert(
      fc.property(anyPacketTable, fc.nat(), fc.nat(20), ({ packets }, at, length) => {
        const first = at % packets.count;
        const end = Math.min(packets.count, first + length);
        const { firstChunk, endChunk } = chunksOf(packets, first, end, CHUNK_BYTES);
        const touched = new Set<number>();
        for (let span = packets.spanStart[first] ?? 0; span < (packets.spanStart[end] ?? 0); span++) {
          const offset = packets.spanOffsetBytes[span] ?? 0;
          touched.add(Math.floor(offset / CHUNK_BYTES));
          touched.add(Math.floor((offset + (packets.spanLengthBytes[span] ?? 0) - 1) / CHUNK_BYTES));
        }
        if (end === first) expect(endChunk).toBe(firstChunk);
        else expect([Math.min(...touched), Math.max(...touched) + 1]).toEqual([firstChunk, endChunk]);
      }),
    );
  });
});

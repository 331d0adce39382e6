import * as fc from 'fast-check';
import { LARGEST_PACKET, type Packets, type PacketTable } from '../../src/playback/index.ts';

export interface PacketShape {
  readonly samples: number;
  /** What lies in the file before each span, and how long it is. */
  readonly spans: readonly { readonly gapBytes: number; readonly lengthBytes: number }[];
}

export function packetsOf(shapes: readonly PacketShape[]): Packets {
  const startSample = [0];
  const spanStart = [0];
  const offsets: number[] = [];
  const lengths: number[] = [];
  let end = 0;
  for (const { samples, spans } of shapes) {
    for (const { gapBytes, lengthBytes } of spans) {
      offsets.push(end + gapBytes);
      lengths.push(lengthBytes);
      end += gapBytes + lengthBytes;
    }
    startSample.push((startSample.at(-1) ?? 0) + samples);
    spanStart.push(offsets.length);
  }
  return {
    count: shapes.length,
    startSample: Float64Array.from(startSample),
    spanStart: Uint32Array.from(spanStart),
    spanOffsetBytes: Float64Array.from(offsets),
    spanLengthBytes: Uint32Array.from(lengths),
  };
}

const span = fc.record({
  gapBytes: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(1_000), fc.nat(2 ** 36)),
  lengthBytes: fc.oneof(fc.integer({ min: 1, max: 1_500 }), fc.integer({ min: 1, max: LARGEST_PACKET })),
});

const shape = fc.record({
  samples: fc.oneof(fc.constantFrom(0, 128, 576, 1_152, 4_096), fc.nat(LARGEST_PACKET)),
  spans: fc.oneof(
    { weight: 5, arbitrary: fc.array(span, { minLength: 1, maxLength: 1 }) },
    fc.array(span, { minLength: 1, maxLength: 4 }),
  ),
});

/** Tables of every coded kind that a player could be given. */
export const anyPacketTable: fc.Arbitrary<PacketTable> = fc
  .record({
    codec: fc.constantFrom('flac', 'mp3', 'aac', 'opus', 'vorbis'),
    codecString: fc.constantFrom('flac', 'mp3', 'mp4a.40.2', 'opus', 'vorbis'),
    description: fc.uint8Array({ maxLength: 300 }),
    sampleRateHz: fc.integer({ min: 1, max: 768_000 }),
    channelCount: fc.integer({ min: 1, max: 255 }),
    prerollPackets: fc.nat(9),
    shapes: fc.array(shape, { minLength: 1, maxLength: 400 }),
    trims: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
  })
  .map(({ shapes, trims: [start, kept], ...rest }) => {
    const packets = packetsOf(shapes);
    const total = packets.startSample[packets.count] ?? 0;
    const trimStartSamples = Math.floor(total * start);
    const sampleCount = Math.floor((total - trimStartSamples) * kept);
    return { ...rest, packets, trimStartSamples, sampleCount };
  });

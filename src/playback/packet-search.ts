import type { Packets, PacketTable } from './packet-table.ts';

/**
 * The packet whose output holds a sample of the music, 0 being its first; the nearest one where the sample lies
 * outside.
 */
export function packetAt({ packets, trimStartSamples }: PacketTable, sample: number): number {
  const { count, startSample } = packets;
  const wanted = sample + trimStartSamples;
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((startSample[middle] ?? 0) <= wanted) low = middle;
    else high = middle - 1;
  }
  return low;
}

export interface SeekPlan {
  /** Where decoding begins; everything from here on is decoded in order. */
  readonly firstPacket: number;
  /** The one that holds the sought sample. */
  readonly packet: number;
  /** What a fresh decoder puts out before the sought sample, to be thrown away. */
  readonly skipSamples: number;
}

/** What to decode for a sample of the music, 0 being its first, so that it comes out as in a linear decode. */
export function planSeek(table: PacketTable, sample: number): SeekPlan {
  const { codec, packets, prerollPackets, trimStartSamples } = table;
  const packet = packetAt(table, sample);
  const firstPacket = Math.max(0, packet - prerollPackets);
  // The first packet that a Vorbis decoder gets only fills its window (Vorbis I specification, section 4.3.8).
  const isSilent = codec === 'vorbis' && firstPacket > 0 && firstPacket < packet;
  const outputStart = packets.startSample[isSilent ? firstPacket + 1 : firstPacket] ?? 0;
  return { firstPacket, packet, skipSamples: sample + trimStartSamples - outputStart };
}

/** Half-open range of chunks, of `chunkBytes` each, that hold packets [firstPacket, endPacket). */
export function chunksOf(
  packets: Packets,
  firstPacket: number,
  endPacket: number,
  chunkBytes: number,
): { readonly firstChunk: number; readonly endChunk: number } {
  const { spanStart, spanOffsetBytes, spanLengthBytes } = packets;
  const firstSpan = spanStart[firstPacket] ?? 0;
  const lastSpan = (spanStart[endPacket] ?? 0) - 1;
  const firstChunk = Math.floor((spanOffsetBytes[firstSpan] ?? 0) / chunkBytes);
  if (endPacket <= firstPacket) return { firstChunk, endChunk: firstChunk };
  const endBytes = (spanOffsetBytes[lastSpan] ?? 0) + (spanLengthBytes[lastSpan] ?? 0);
  return { firstChunk, endChunk: Math.ceil(endBytes / chunkBytes) };
}

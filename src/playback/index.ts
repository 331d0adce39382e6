export { chunksOf, packetAt, planSeek, type SeekPlan } from './packet-search.ts';
export type { PacketCodec, Packets, PacketTable, PcmFormat } from './packet-table.ts';
export {
  encodePacketTable,
  LARGEST_PACKET,
  LONGEST_DESCRIPTION_BYTES,
  MOST_PACKETS,
  parsePacketTable,
  pcmSampleBytes,
} from './packet-table-codec.ts';

export type { PacketCodec, Packets, PacketTable, PcmFormat } from './packet-table.ts';

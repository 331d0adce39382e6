import type { PacketTable } from '../../../playback/index.ts';
import type { ByteReader } from '../byte-reader.ts';
import { sniff, type SniffedMedia } from '../sniff.ts';
import { tabulateAiff, tabulateWave } from './pcm.ts';

function tabulate(reader: ByteReader, { kind, startBytes }: SniffedMedia): Promise<PacketTable | undefined> {
  switch (kind) {
    case 'wav':
      return tabulateWave(reader, startBytes);
    case 'aiff':
      return tabulateAiff(reader, startBytes);
    default:
      return Promise.resolve(undefined);
  }
}

/** The packet table of a file; undefined where its format or its damage allows of no exact one. */
export async function readPacketTable(reader: ByteReader): Promise<PacketTable | undefined> {
  const found = await sniff(reader);
  return found && tabulate(reader, found);
}

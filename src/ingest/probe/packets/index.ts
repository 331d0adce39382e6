import type { PacketTable } from '../../../playback/index.ts';
import type { ByteReader } from '../byte-reader.ts';
import { sniff, type SniffedMedia } from '../sniff.ts';
import { tabulateFlac } from './flac.ts';
import { tabulateMp4 } from './mp4.ts';
import { tabulateMpeg } from './mpeg.ts';
import { tabulateOgg } from './ogg.ts';
import { tabulateAiff, tabulateWave } from './pcm.ts';

function tabulate(reader: ByteReader, { kind, startBytes }: SniffedMedia): Promise<PacketTable | undefined> {
  switch (kind) {
    case 'wav':
      return tabulateWave(reader, startBytes);
    case 'aiff':
      return tabulateAiff(reader, startBytes);
    case 'flac':
      return tabulateFlac(reader, startBytes);
    case 'mpeg':
    case 'adts':
      return tabulateMpeg(reader, startBytes);
    case 'mp4':
      return tabulateMp4(reader, startBytes);
    case 'ogg':
      return tabulateOgg(reader, startBytes);
    default:
      return Promise.resolve(undefined);
  }
}

/** The packet table of a file; undefined where its format or its damage allows of no exact one. */
export async function readPacketTable(reader: ByteReader): Promise<PacketTable | undefined> {
  const found = await sniff(reader);
  try {
    return found && (await tabulate(reader, found));
  } catch (error) {
    // A structure that ends before what it must hold.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

import type { ByteReader } from './byte-reader.ts';
import type { SniffedMedia } from './sniff.ts';

/** A file has few parts at its top level; one that has more is not counted to its end. */
const MOST_BOXES = 1_000;
/** What an encoder writes that cannot go back to fill in a size. */
const UNKNOWN_SIZE = 0xffffffff;

/**
 * Whether a part of an MP4, RIFF or IFF file announces more bytes than the file has left: a broken
 * download. Sizes that were never filled in do not count.
 */
export async function endsBeforeItsBoxes(reader: ByteReader, found: SniffedMedia): Promise<boolean> {
  const isMp4 = found.kind === 'mp4';
  const isLittleEndian = found.kind === 'wav';
  // RIFF and IFF wrap their parts once: 8 bytes of header, 4 of type.
  let offset = found.startBytes + (isMp4 ? 0 : 12);
  for (let count = 0; count < MOST_BOXES && offset + 8 <= reader.lengthBytes; count++) {
    const header = await reader.read(offset, 16);
    const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
    let lengthBytes: number;
    if (isMp4) {
      lengthBytes = view.getUint32(0);
      if (lengthBytes === 0) return false;
      if (lengthBytes === 1) lengthBytes = header.length < 16 ? 16 : Number(view.getBigUint64(8));
      if (lengthBytes < 8) return false;
    } else {
      const size = view.getUint32(4, isLittleEndian);
      if (size >= UNKNOWN_SIZE - 0xff) return false;
      // An odd part is padded, but the last one's padding is often forgotten.
      lengthBytes = 8 + size;
    }
    if (offset + lengthBytes > reader.lengthBytes) return true;
    offset += lengthBytes + (isMp4 ? 0 : lengthBytes % 2);
  }
  return false;
}

import type { ByteReader } from '../byte-reader.ts';

/** RFC 3533 section 6. */
const HEADER_BYTES = 27;
const CONTINUED = 0x01;
const FIRST = 0x02;
const LAST = 0x04;
/** Pages of other streams in between, such as pictures that move; one page in so many must be of the music. */
const MOST_FOREIGN_PAGES = 10_000;

export interface Span {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

export interface OggPacket {
  readonly spans: readonly Span[];
  readonly lengthBytes: number;
  /** Its first bytes, as many as the codec's headers of a packet take. */
  readonly head: Uint8Array;
  /** Of the page that it ends in, on the last packet that ends there. */
  readonly granule?: number;
}

const HEAD_BYTES = 16;

interface Page {
  readonly flags: number;
  readonly serial: number;
  readonly sequence: number;
  readonly granule: number;
  readonly lacing: Uint8Array;
  readonly payloadOffsetBytes: number;
  readonly endBytes: number;
}

async function readPage(reader: ByteReader, offset: number): Promise<Page | undefined> {
  const bytes = await reader.read(offset, HEADER_BYTES + 255);
  if (bytes.length < HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // "OggS", version 0.
  if (view.getUint32(0) !== 0x4f676753 || view.getUint8(4) !== 0) return undefined;
  const lacing = bytes.slice(HEADER_BYTES, HEADER_BYTES + view.getUint8(26));
  const payloadOffsetBytes = offset + HEADER_BYTES + view.getUint8(26);
  const endBytes = lacing.reduce((end, length) => end + length, payloadOffsetBytes);
  if (endBytes > reader.lengthBytes) return undefined;
  return {
    flags: view.getUint8(5),
    serial: view.getUint32(14, true),
    sequence: view.getUint32(18, true),
    granule: Number(view.getBigInt64(6, true)),
    lacing,
    payloadOffsetBytes,
    endBytes,
  };
}

/** Thrown at what leaves no exact table: a hole in the stream, or more of it behind its end. */
export class OggFault extends Error {}

/** The packets of the first stream, page by page; those of streams beside it are passed over. */
export async function* readOggPackets(reader: ByteReader, startBytes: number): AsyncGenerator<OggPacket> {
  let serial: number | undefined;
  let sequence = 0;
  let foreignPages = 0;
  let hasEnded = false;
  let spans: Span[] = [];
  let lengthBytes = 0;
  let head = new Uint8Array(0);
  for (let offset = startBytes; ; ) {
    const page = await readPage(reader, offset);
    if (!page) return;
    offset = page.endBytes;
    serial ??= page.serial;
    if (page.serial !== serial) {
      // Streams beside one another begin before any goes on; one that begins later follows, as in a chain.
      if ((page.flags & FIRST) !== 0 && sequence > 1) throw new OggFault();
      if (++foreignPages > MOST_FOREIGN_PAGES) throw new OggFault();
      continue;
    }
    if (hasEnded) throw new OggFault();
    hasEnded = (page.flags & LAST) !== 0;
    const isContinued = (page.flags & CONTINUED) !== 0;
    if (page.sequence !== sequence++ || isContinued !== spans.length > 0) throw new OggFault();
    const payload = await reader.read(page.payloadOffsetBytes, page.endBytes - page.payloadOffsetBytes);
    const lastEnd = page.lacing.findLastIndex((length) => length < 255);
    let at = 0;
    let segmentStart = 0;
    for (const [i, length] of page.lacing.entries()) {
      at += length;
      if (length === 255 && i < page.lacing.length - 1) continue;
      spans.push({ offsetBytes: page.payloadOffsetBytes + segmentStart, lengthBytes: at - segmentStart });
      lengthBytes += at - segmentStart;
      if (head.length < HEAD_BYTES) {
        const more = payload.subarray(segmentStart, segmentStart + HEAD_BYTES - head.length);
        head = Uint8Array.of(...head, ...more);
      }
      segmentStart = at;
      if (length === 255) break;
      yield {
        spans,
        lengthBytes,
        head,
        ...(i === lastEnd && page.granule >= 0 && { granule: page.granule }),
      };
      spans = [];
      lengthBytes = 0;
      head = new Uint8Array(0);
    }
  }
}

/** All bytes of a packet; undefined where there are more than allowed. */
export async function readPacketBytes(
  reader: ByteReader,
  { spans, lengthBytes }: OggPacket,
  mostBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (lengthBytes > mostBytes) return undefined;
  const bytes = new Uint8Array(lengthBytes);
  let at = 0;
  for (const span of spans) {
    bytes.set(await reader.read(span.offsetBytes, span.lengthBytes), at);
    at += span.lengthBytes;
  }
  return bytes;
}

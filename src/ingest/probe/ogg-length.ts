import type { ByteReader } from './byte-reader.ts';

const PAGE_HEADER_BYTES = 27;
/** The largest page: header, 255 lacing values, 255 segments of 255 bytes (RFC 3533 section 6). */
const LARGEST_PAGE_BYTES = PAGE_HEADER_BYTES + 255 + 255 * 255;

interface OggPage {
  readonly serial: number;
  /** Samples up to and including this page; undefined where no packet ends in it. */
  readonly granule?: number;
  readonly lengthBytes: number;
}

function parsePage(bytes: Uint8Array, offset: number): OggPage | undefined {
  if (offset + PAGE_HEADER_BYTES > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, bytes.byteLength - offset);
  // "OggS", version 0.
  if (view.getUint32(0) !== 0x4f676753 || view.getUint8(4) !== 0) return undefined;
  const segmentCount = view.getUint8(26);
  if (offset + PAGE_HEADER_BYTES + segmentCount > bytes.length) return undefined;
  let lengthBytes = PAGE_HEADER_BYTES + segmentCount;
  for (let i = 0; i < segmentCount; i++) lengthBytes += view.getUint8(PAGE_HEADER_BYTES + i);
  const granule = view.getBigInt64(6, true);
  const known = granule >= 0n && granule < 2n ** 53n;
  return { serial: view.getUint32(14, true), ...(known && { granule: Number(granule) }), lengthBytes };
}

/** The last whole page that ends a packet, found from the end without reading what lies before. */
async function lastPage(reader: ByteReader): Promise<OggPage | undefined> {
  const start = Math.max(0, reader.lengthBytes - 2 * LARGEST_PAGE_BYTES);
  const tail = await reader.read(start, reader.lengthBytes - start);
  for (let i = tail.lastIndexOf(0x4f); i >= 0; i = i === 0 ? -1 : tail.lastIndexOf(0x4f, i - 1)) {
    const page = parsePage(tail, i);
    if (page?.granule === undefined) continue;
    const next = i + page.lengthBytes;
    if (next === tail.length || parsePage(tail, next) !== undefined) return page;
  }
  return undefined;
}

/** Last granules by stream, over every page: for files in which one stream follows another. */
async function walkPages(reader: ByteReader): Promise<Map<number, number>> {
  const granules = new Map<number, number>();
  for (let offset = 0; offset < reader.lengthBytes; ) {
    const page = parsePage(await reader.read(offset, PAGE_HEADER_BYTES + 255), 0);
    if (!page) break;
    if (page.granule !== undefined) granules.set(page.serial, page.granule);
    else if (!granules.has(page.serial)) granules.set(page.serial, 0);
    offset += page.lengthBytes;
  }
  return granules;
}

/**
 * Samples in the file, `skippedSamples` (Opus pre-skip) taken off each stream; undefined where no page
 * says. Files whose last page is of another stream than the first are chains, and are summed.
 */
export async function countOggSamples(
  reader: ByteReader,
  skippedSamples: number,
): Promise<number | undefined> {
  const first = parsePage(await reader.read(0, PAGE_HEADER_BYTES + 255), 0);
  const last = await lastPage(reader);
  if (first && last && first.serial === last.serial) return Math.max(0, (last.granule ?? 0) - skippedSamples);
  const granules = [...(await walkPages(reader)).values()];
  if (granules.length === 0) return undefined;
  return granules.reduce((total, granule) => total + Math.max(0, granule - skippedSamples), 0);
}

/** Little-endian 16 bits at byte 10 of the id header (RFC 7845 section 5.1); 0 where it is not Opus. */
export async function opusPreSkip(reader: ByteReader): Promise<number> {
  const head = await reader.read(0, PAGE_HEADER_BYTES + 255 + 19);
  const page = parsePage(head, 0);
  if (!page) return 0;
  const id = PAGE_HEADER_BYTES + (head[PAGE_HEADER_BYTES - 1] ?? 0);
  const isOpus = String.fromCharCode(...head.subarray(id, id + 8)) === 'OpusHead';
  return isOpus ? (head[id + 10] ?? 0) | ((head[id + 11] ?? 0) << 8) : 0;
}

import type { PacketTable } from '../../../playback/index.ts';
import type { ByteReader } from '../byte-reader.ts';
import {
  type FlacFrame,
  isWholeFlacFrame,
  LONGEST_FLAC_HEADER_BYTES,
  parseFlacFrame,
} from '../flac-frame.ts';
import { findTrailingTags } from './trailing-tags.ts';
import { PacketList } from './packet-list.ts';

const WINDOW_BYTES = 64 * 1024;
/** Pictures and padding; a file that has more is none of ours. */
const MOST_BLOCKS = 1_000;
const STREAM_INFO_BYTES = 34;
/** The largest frame is one that is not compressed, and a header; 8 channels of 32 bits. */
const LARGEST_FRAME_BYTES = 65_535 * 8 * 4 + 4_096;

export interface FlacStream {
  /** `fLaC` and STREAMINFO as the only metadata block (RFC 9639 section 8.2; WebCodecs FLAC registration). */
  readonly description: Uint8Array<ArrayBuffer>;
  readonly sampleRateHz: number;
  readonly channelCount: number;
  /** 0 where the encoder did not know. */
  readonly promisedSamples: number;
}

/** `info` is the 34 bytes of STREAMINFO. */
export function parseStreamInfo(info: Uint8Array): FlacStream | undefined {
  if (info.length < STREAM_INFO_BYTES) return undefined;
  const view = new DataView(info.buffer, info.byteOffset, info.byteLength);
  const sampleRateHz = view.getUint32(10) >>> 12;
  if (sampleRateHz === 0) return undefined;
  const description = new Uint8Array(8 + STREAM_INFO_BYTES);
  description.set([0x66, 0x4c, 0x61, 0x43, 0x80, 0, 0, STREAM_INFO_BYTES]);
  description.set(info.subarray(0, STREAM_INFO_BYTES), 8);
  const channelCount = ((view.getUint8(12) >> 1) & 0x07) + 1;
  const promisedSamples = (view.getUint8(13) & 0x0f) * 2 ** 32 + view.getUint32(14);
  return { description, sampleRateHz, channelCount, promisedSamples };
}

export function flacTable(
  stream: FlacStream,
  list: PacketList,
  sampleCount: number,
): PacketTable | undefined {
  const { description, sampleRateHz, channelCount } = stream;
  const packets = list.finish();
  return (
    packets && {
      codec: 'flac',
      codecString: 'flac',
      description,
      sampleRateHz,
      channelCount,
      trimStartSamples: 0,
      sampleCount,
      prerollPackets: 0,
      packets,
    }
  );
}

interface Metadata {
  readonly stream: FlacStream;
  /** Where frames begin. */
  readonly endBytes: number;
}

async function readMetadata(reader: ByteReader, startBytes: number): Promise<Metadata | undefined> {
  let stream: FlacStream | undefined;
  let offset = startBytes + 4;
  for (let i = 0; i < MOST_BLOCKS; i++) {
    const [type = 0xff, high = 0, middle = 0, low = 0] = await reader.read(offset, 4);
    if ((type & 0x7f) === 0) stream = parseStreamInfo(await reader.read(offset + 4, STREAM_INFO_BYTES));
    offset += 4 + (high << 16) + (middle << 8) + low;
    if ((type & 0x80) !== 0) return stream && { stream, endBytes: offset };
  }
  return undefined;
}

interface FoundFrame extends FlacFrame {
  readonly offsetBytes: number;
}

function isNext(frame: FlacFrame, last: FlacFrame): boolean {
  const number = last.isVariable ? last.number + last.sampleCount : last.number + 1;
  return frame.isVariable === last.isVariable && frame.number === number;
}

/**
 * Frames have no length: each ends where a header with the following number begins. Ends with 'hole' where frames
 * are missing in between.
 */
async function* findFrames(reader: ByteReader, from: number): AsyncGenerator<FoundFrame | 'hole'> {
  let last: FoundFrame | undefined;
  let beforeLast: FoundFrame | undefined;
  let stray: FlacFrame | undefined;
  for (let start = from; start < reader.lengthBytes; start += WINDOW_BYTES) {
    const window = await reader.read(start, WINDOW_BYTES + LONGEST_FLAC_HEADER_BYTES);
    for (let i = window.indexOf(0xff); i >= 0 && i < WINDOW_BYTES; i = window.indexOf(0xff, i + 1)) {
      const frame = parseFlacFrame(window, i);
      if (!frame) continue;
      const found = { ...frame, offsetBytes: start + i };
      if (!last || isNext(frame, last)) {
        if (last) yield last;
        beforeLast = last;
        last = found;
        stray = undefined;
      } else if (beforeLast && isNext(frame, beforeLast)) {
        // Two headers of one number: audio that happens to look like one. The checksum of the frame before decides.
        const { offsetBytes } = beforeLast;
        const bytes = await reader.read(offsetBytes, found.offsetBytes - offsetBytes);
        if (bytes.length <= LARGEST_FRAME_BYTES && isWholeFlacFrame(bytes)) last = found;
      } else if (stray && isNext(frame, stray)) {
        // Two that follow one another, but not what came before.
        yield 'hole';
        return;
      } else {
        stray = found;
      }
    }
  }
  if (last) yield last;
}

/** FLAC as it comes from its encoder, cut short or not; a stream with a hole in it has no table. */
export async function tabulateFlac(reader: ByteReader, startBytes: number): Promise<PacketTable | undefined> {
  const metadata = await readMetadata(reader, startBytes);
  if (!metadata) return undefined;
  const { stream, endBytes } = metadata;
  const list = new PacketList();
  let last: FoundFrame | undefined;
  for await (const frame of findFrames(reader, endBytes)) {
    if (frame === 'hole') return undefined;
    if (last) list.add(last.offsetBytes, frame.offsetBytes - last.offsetBytes, last.sampleCount);
    last = frame;
  }
  if (!last) return undefined;
  const lastBytes = (await findTrailingTags(reader)) - last.offsetBytes;
  if (lastBytes > LARGEST_FRAME_BYTES) return undefined;
  if (isWholeFlacFrame(await reader.read(last.offsetBytes, lastBytes))) {
    list.add(last.offsetBytes, lastBytes, last.sampleCount);
  } else if (stream.promisedSamples > 0 && list.sampleCount + last.sampleCount >= stream.promisedSamples) {
    // It is all there, but with something behind it whose beginning nobody knows.
    return undefined;
  }
  return flacTable(stream, list, list.sampleCount);
}

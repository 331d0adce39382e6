import type { ByteReader } from './byte-reader.ts';
import { LONGEST_FLAC_HEADER_BYTES, parseFlacFrame } from './flac-frame.ts';

/** Far more than the frames that music has; a last frame that is longer is not found, and not needed. */
const TAIL_BYTES = 256 * 1024;

export interface FlacMeasure {
  readonly sampleCount: number;
  readonly isCutShort: boolean;
}

/** Samples up to the end of the frame whose header is at the offset; undefined where none is. */
function samplesAfterFrame(bytes: Uint8Array, offset: number, blockSamples: number): number | undefined {
  const frame = parseFlacFrame(bytes, offset);
  return frame && (frame.isVariable ? frame.number : frame.number * blockSamples) + frame.sampleCount;
}

/**
 * What STREAMINFO promises against what the last frame shows: an encoder that wrote to a pipe left the count
 * at 0, and a broken download has fewer frames. Undefined where neither says anything.
 */
export async function measureFlac(reader: ByteReader, startBytes: number): Promise<FlacMeasure | undefined> {
  const info = await reader.read(startBytes + 8, 34);
  if (info.length < 34) return undefined;
  const view = new DataView(info.buffer, info.byteOffset, info.byteLength);
  const blockSamples = view.getUint16(0);
  const promised = (view.getUint8(13) & 0x0f) * 2 ** 32 + view.getUint32(14);
  const start = Math.max(startBytes, reader.lengthBytes - TAIL_BYTES);
  const tail = await reader.read(start, reader.lengthBytes - start);
  for (let i = tail.lastIndexOf(0xff); i >= 0; i = i === 0 ? -1 : tail.lastIndexOf(0xff, i - 1)) {
    if (i + LONGEST_FLAC_HEADER_BYTES > tail.length) continue;
    const samples = samplesAfterFrame(tail, i, blockSamples);
    if (samples === undefined || (promised > 0 && samples > promised)) continue;
    const isCutShort = promised > samples;
    return { sampleCount: isCutShort || promised === 0 ? samples : promised, isCutShort };
  }
  return promised > 0 ? { sampleCount: promised, isCutShort: false } : undefined;
}

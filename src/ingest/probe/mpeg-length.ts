import type { ByteReader } from './byte-reader.ts';
import { isSameStream, MPEG_HEADER_BYTES, type MpegFrame, parseMpegFrame } from './mpeg-frame.ts';

/** A stream starts within this distance of where its tags end, or the file is something else. */
const FARTHEST_START_BYTES = 1024 * 1024;
const WINDOW_BYTES = 64 * 1024;
/** A table that promises this much more or less than the file holds is not believed. */
const TABLE_TOLERANCE = 0.02;

export interface MpegMeasure {
  readonly first: MpegFrame;
  readonly durationMs: number;
  /** Of frames, without tags. */
  readonly audioBytes: number;
  readonly isCutShort: boolean;
}

/** Enough to see a frame's header, and in MP3 how much it borrows. */
const SEEN_BYTES = 8;

export interface FoundFrame {
  readonly frame: MpegFrame;
  readonly offsetBytes: number;
}

/** The first offset from `from` on where a frame is followed by one of the same stream, or by the end. */
async function findFrame(reader: ByteReader, from: number, until: number): Promise<FoundFrame | undefined> {
  for (let start = from; start < until; start += WINDOW_BYTES) {
    const window = await reader.read(start, WINDOW_BYTES + MPEG_HEADER_BYTES);
    for (let i = window.indexOf(0xff); i >= 0 && i < WINDOW_BYTES; i = window.indexOf(0xff, i + 1)) {
      const frame = parseMpegFrame(window, i);
      if (!frame) continue;
      const next = start + i + frame.lengthBytes;
      const following = parseMpegFrame(await reader.read(next, MPEG_HEADER_BYTES), 0);
      if (following ? isSameStream(frame, following) : next === reader.lengthBytes && start + i === from) {
        return { frame, offsetBytes: start + i };
      }
    }
  }
  return undefined;
}

export function findFirstFrame(reader: ByteReader, from: number): Promise<FoundFrame | undefined> {
  return findFrame(reader, from, Math.min(reader.lengthBytes, from + FARTHEST_START_BYTES));
}

/** What an encoder says of the whole stream, in a frame that is no music. */
export interface LengthTable {
  /** Besides the table's own; 0 where it does not say. */
  readonly frameCount: number;
  readonly streamBytes?: number;
  /** What the encoder put before and behind the music, from LAME's part of the table. */
  readonly trim?: { readonly delaySamples: number; readonly paddingSamples: number };
}

function text(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}

/** Xing and Info (http://gabriel.mp3-tech.org/mp3infotag.html) or VBRI; an encoder's word on the whole length. */
export function readTable(bytes: Uint8Array, first: MpegFrame): LengthTable | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = first.tableOffsetBytes;
  if (bytes.length >= at + 16 && ['Xing', 'Info'].includes(text(bytes, at))) {
    const flags = view.getUint32(at + 4);
    const frameCount = (flags & 1) === 0 ? 0 : view.getUint32(at + 8);
    const sizeAt = at + 8 + (flags & 1 ? 4 : 0);
    const streamBytes = (flags & 2) === 0 ? undefined : view.getUint32(sizeAt);
    const lame = sizeAt + (flags & 2 ? 4 : 0) + (flags & 4 ? 100 : 0) + (flags & 8 ? 4 : 0);
    const isLame = bytes.length >= lame + 24 && /^(?:LAME|Lavf|Lavc|GOGO)/.test(text(bytes, lame));
    const delays = isLame ? view.getUint32(lame + 20) & 0xffffff : 0;
    const trim = { delaySamples: delays >> 12, paddingSamples: delays & 0xfff };
    return { frameCount, ...(streamBytes !== undefined && { streamBytes }), ...(isLame && { trim }) };
  }
  // VBRI stands at a fixed place.
  if (bytes.length >= 36 + 18 && text(bytes, 36) === 'VBRI') {
    return { frameCount: view.getUint32(36 + 14), streamBytes: view.getUint32(36 + 10) };
  }
  return undefined;
}

/**
 * Goes from frame to frame, over garbage in between; the only truth for a variable rate without a table. The
 * visitor gets at least `SEEN_BYTES` bytes of each, from `at` on.
 */
export async function walkFrames(
  reader: ByteReader,
  from: FoundFrame,
  visit: (found: FoundFrame, bytes: Uint8Array, at: number) => void,
): Promise<{ readonly endsInFrame: boolean }> {
  let offset = from.offsetBytes;
  let start = offset;
  let window = await reader.read(start, WINDOW_BYTES);
  for (;;) {
    if (offset + SEEN_BYTES > start + window.length) {
      start = offset;
      window = await reader.read(start, WINDOW_BYTES);
      if (window.length < SEEN_BYTES) break;
    }
    const frame = parseMpegFrame(window, offset - start);
    if (frame && isSameStream(frame, from.frame)) {
      if (offset + frame.lengthBytes > reader.lengthBytes) return { endsInFrame: true };
      visit({ frame, offsetBytes: offset }, window, offset - start);
      offset += frame.lengthBytes;
      continue;
    }
    const next = await findFrame(reader, offset + 1, reader.lengthBytes);
    if (!next || !isSameStream(next.frame, from.frame)) break;
    offset = next.offsetBytes;
  }
  return { endsInFrame: false };
}

/** Undefined where the file holds no MPEG or ADTS stream. `from` is where leading tags end. */
export async function measureMpeg(reader: ByteReader, from: number): Promise<MpegMeasure | undefined> {
  const found = await findFirstFrame(reader, from);
  if (!found) return undefined;
  const { frame: first, offsetBytes } = found;
  const head = await reader.read(offsetBytes, Math.max(first.lengthBytes, 256));
  const table = first.codec === 'aac' ? undefined : readTable(head, first);
  const present = reader.lengthBytes - offsetBytes;
  const promised = table?.streamBytes;
  if (table && promised !== undefined && table.frameCount > 0) {
    const samples = table.frameCount * first.sampleCount;
    const trimmed = (table.trim?.delaySamples ?? 0) + (table.trim?.paddingSamples ?? 0);
    const kept = trimmed < samples ? samples - trimmed : samples;
    if (Math.abs(promised - present) <= Math.max(4096, promised * TABLE_TOLERANCE)) {
      return {
        first,
        durationMs: (kept / first.sampleRateHz) * 1000,
        audioBytes: promised,
        isCutShort: false,
      };
    }
  }
  // The table itself is a frame of silence.
  let sampleCount = table ? -first.sampleCount : 0;
  let audioBytes = 0;
  const { endsInFrame } = await walkFrames(reader, found, ({ frame }) => {
    sampleCount += frame.sampleCount;
    audioBytes += frame.lengthBytes;
  });
  const isCutShort = promised === undefined ? endsInFrame : promised > present;
  const durationMs = (Math.max(0, sampleCount) / first.sampleRateHz) * 1000;
  return { first, durationMs, audioBytes, isCutShort };
}

import type { WholeFrames } from '../tags/tags.ts';
import type { ByteReader } from './byte-reader.ts';
import { syncSafe } from './sniff.ts';

/** The frames in which the metadata library cuts at slashes, which names contain: "AC/DC". */
const WANTED: ReadonlySet<string> = new Set(['TPE1', 'TPE2', 'TCOM', 'TXXX', 'TP1', 'TP2', 'TCM', 'TXX']);
const LONGEST_FRAME_BYTES = 64 * 1024;
const MOST_FRAMES = 1_000;

function decodeText(encoding: number, bytes: Uint8Array): string {
  if (encoding === 1) {
    const isBigEndian = bytes[0] === 0xfe && bytes[1] === 0xff;
    return new TextDecoder(isBigEndian ? 'utf-16be' : 'utf-16le').decode(bytes);
  }
  if (encoding === 2) return new TextDecoder('utf-16be').decode(bytes);
  return encoding === 3 ? new TextDecoder().decode(bytes) : Buffer.from(bytes).toString('latin1');
}

/** Name and value stand behind one another, each UTF-16 one with its own byte-order mark. */
function splitNamed(encoding: number, bytes: Uint8Array): [string, string] | undefined {
  const width = encoding === 1 || encoding === 2 ? 2 : 1;
  for (let i = 0; i + width <= bytes.length; i += width) {
    if (bytes[i] !== 0 || (width === 2 && bytes[i + 1] !== 0)) continue;
    return [decodeText(encoding, bytes.subarray(0, i)), decodeText(encoding, bytes.subarray(i + width))];
  }
  return undefined;
}

function trimNulls(text: string): string {
  return text.replace(/\0+$/, '').trim();
}

/**
 * Credits of an ID3v2.2 or 2.3 tag at the start of the file, as they are written; empty for any other tag,
 * and for an unsynchronised one, where the library's cut stays.
 */
export async function readWholeFrames(reader: ByteReader): Promise<WholeFrames> {
  const frames = new Map<string, string>();
  const header = await reader.read(0, 10);
  const [i, d, three, major, , flags = 0] = header;
  if (i !== 0x49 || d !== 0x44 || three !== 0x33 || (major !== 2 && major !== 3) || flags !== 0)
    return frames;
  const end = 10 + syncSafe(header, 6);
  const idBytes = major === 2 ? 3 : 4;
  const headerBytes = major === 2 ? 6 : 10;
  let offset = 10;
  for (let count = 0; count < MOST_FRAMES && offset + headerBytes < end; count++) {
    const head = await reader.read(offset, headerBytes);
    const id = Buffer.from(head.subarray(0, idBytes)).toString('latin1');
    if (head.length < headerBytes || !/^[A-Z0-9]+$/.test(id)) break;
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const lengthBytes = major === 2 ? (view.getUint8(3) << 16) | view.getUint16(4) : view.getUint32(4);
    const isPlain = major === 2 || view.getUint8(9) === 0;
    offset += headerBytes;
    if (WANTED.has(id) && isPlain && lengthBytes > 1 && lengthBytes <= LONGEST_FRAME_BYTES) {
      const body = await reader.read(offset, lengthBytes);
      const encoding = body[0] ?? 0;
      const content = body.subarray(1);
      const named = id.startsWith('TX') ? splitNamed(encoding, content) : undefined;
      if (named) frames.set(`${id}:${trimNulls(named[0]).toUpperCase()}`, trimNulls(named[1]));
      else if (!frames.has(id)) frames.set(id, trimNulls(decodeText(encoding, content)));
    }
    offset += lengthBytes;
  }
  return frames;
}

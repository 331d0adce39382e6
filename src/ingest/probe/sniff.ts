import type { MediaKind } from '../tags/media-type.ts';
import type { ByteReader } from './byte-reader.ts';
import { findFirstFrame } from './mpeg-length.ts';

const HEAD_BYTES = 64;
/** ID3v2 tags may follow one another; a file of nothing else is not followed for ever. */
const MOST_LEADING_TAGS = 16;

export interface SniffedMedia {
  readonly kind: MediaKind;
  /** Where leading ID3v2 tags end. */
  readonly startBytes: number;
}

/** 28 bits in four bytes (https://id3.org/id3v2.4.0-structure, 6.2). */
export function syncSafe(bytes: Uint8Array, offset: number): number {
  let value = 0;
  for (let i = 0; i < 4; i++) value = (value << 7) | ((bytes[offset + i] ?? 0) & 0x7f);
  return value;
}

function startsWith(bytes: Uint8Array, text: string, offset = 0): boolean {
  for (let i = 0; i < text.length; i++) {
    if (bytes[offset + i] !== text.charCodeAt(i)) return false;
  }
  return bytes.length >= offset + text.length;
}

async function skipId3(reader: ByteReader): Promise<number> {
  let offset = 0;
  for (let i = 0; i < MOST_LEADING_TAGS; i++) {
    const head = await reader.read(offset, 10);
    if (!startsWith(head, 'ID3')) break;
    const footerBytes = ((head[5] ?? 0) & 0x10) === 0 ? 0 : 10;
    offset += 10 + syncSafe(head, 6) + footerBytes;
  }
  return offset;
}

// Header GUID of ASF, and the id that starts every EBML file.
const ASF = '\x30\x26\xb2\x75\x8e\x66\xcf\x11';
const EBML = '\x1a\x45\xdf\xa3';

function fromMagic(head: Uint8Array): MediaKind | undefined {
  if (startsWith(head, 'fLaC')) return 'flac';
  if (startsWith(head, 'OggS')) return 'ogg';
  if (startsWith(head, 'RIFF') && startsWith(head, 'WAVE', 8)) return 'wav';
  if (startsWith(head, 'FORM') && startsWith(head, 'AIF', 8)) return 'aiff';
  if (startsWith(head, 'ftyp', 4)) return 'mp4';
  if (startsWith(head, 'wvpk')) return 'wavpack';
  if (startsWith(head, 'MAC ')) return 'ape';
  if (startsWith(head, 'MP+') || startsWith(head, 'MPCK')) return 'musepack';
  if (startsWith(head, 'DSD ')) return 'dsf';
  if (startsWith(head, 'FRM8') && startsWith(head, 'DSD ', 12)) return 'dsdiff';
  if (startsWith(head, ASF)) return 'asf';
  if (startsWith(head, EBML)) {
    return String.fromCharCode(...head).includes('webm') ? 'webm' : 'matroska';
  }
  return undefined;
}

/** What a file is by its content; undefined for what is no audio file that Clef knows. */
export async function sniff(reader: ByteReader): Promise<SniffedMedia | undefined> {
  const startBytes = await skipId3(reader);
  const kind = fromMagic(await reader.read(startBytes, HEAD_BYTES));
  if (kind) return { kind, startBytes };
  const found = await findFirstFrame(reader, startBytes);
  if (!found) return undefined;
  return { kind: found.frame.codec === 'aac' ? 'adts' : 'mpeg', startBytes };
}

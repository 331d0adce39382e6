import type { ByteReader } from '../byte-reader.ts';

const ID3V1_BYTES = 128;
const APE_FOOTER_BYTES = 32;

function startsWith(bytes: Uint8Array, text: string): boolean {
  return String.fromCharCode(...bytes.subarray(0, text.length)) === text;
}

/** Where the audio ends: before an ID3v1 tag and an APE tag (https://wiki.hydrogenaud.io/index.php?title=APEv2_specification). */
export async function findTrailingTags(reader: ByteReader): Promise<number> {
  let end = reader.lengthBytes;
  if (end >= ID3V1_BYTES && startsWith(await reader.read(end - ID3V1_BYTES, 3), 'TAG')) end -= ID3V1_BYTES;
  if (end < APE_FOOTER_BYTES) return end;
  const footer = await reader.read(end - APE_FOOTER_BYTES, APE_FOOTER_BYTES);
  if (!startsWith(footer, 'APETAGEX')) return end;
  const view = new DataView(footer.buffer, footer.byteOffset, footer.byteLength);
  // The size counts the footer, but not a header, which the top flag tells of.
  const hasHeader = view.getUint32(20, true) >= 0x80000000;
  const tagBytes = view.getUint32(12, true) + (hasHeader ? APE_FOOTER_BYTES : 0);
  return tagBytes > end ? end : end - tagBytes;
}

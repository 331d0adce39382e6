/** Pictures above this are no covers; a scan of a booklet page is well below. */
export const LARGEST_COVER_BYTES = 16 * 1024 * 1024;

const MAGIC: readonly (readonly [mediaType: string, offset: number, text: string])[] = [
  ['image/jpeg', 0, '\xff\xd8\xff'],
  ['image/png', 0, '\x89PNG\r\n\x1a\n'],
  ['image/gif', 0, 'GIF8'],
  ['image/webp', 8, 'WEBP'],
  ['image/avif', 4, 'ftypavif'],
  ['image/bmp', 0, 'BM'],
];

/** The media type of a picture by its first bytes; undefined for anything else, and for what nobody shows. */
export function imageTypeOf(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  return MAGIC.find(([, offset, text]) => head.startsWith(text, offset))?.[0];
}

import type { ImportContent } from './content.ts';

/** Where a writer makes room for the whole file first, its end is zeros until it comes there. */
const TAIL_BYTES = 64 * 1024;
/** Silence at the end of these is zeros too. */
const UNCOMPRESSED: ReadonlySet<string> = new Set(['aif', 'aifc', 'aiff', 'dff', 'dsf', 'wav', 'wave']);

/** True where a file ends as one does that was not written to its end. */
export async function endsInZeros(content: ImportContent, suffix: string): Promise<boolean> {
  if (UNCOMPRESSED.has(suffix) || content.lengthBytes === 0) return false;
  const lengthBytes = Math.min(TAIL_BYTES, Math.ceil(content.lengthBytes / 4));
  const tail = await content.read(content.lengthBytes - lengthBytes, lengthBytes);
  return tail.every((byte) => byte === 0);
}

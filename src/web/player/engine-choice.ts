/** True where scripts can decode and play; else `<audio>` does it, and a service worker decrypts for it. */
export async function canDecodeHere(): Promise<boolean> {
  if (!('AudioDecoder' in globalThis && 'AudioWorkletNode' in globalThis)) return false;
  const { whatDecodes } = await import('../source/index.ts');
  const takes = await whatDecodes();
  // What the server makes of anything else.
  return takes.includes('flac') || takes.includes('opus');
}

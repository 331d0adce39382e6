/** A hue from 0 to 359 for what has no picture; the same for the same words (FNV-1a, guards nothing). */
export function hueOf(words: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) value = Math.imul(value ^ words.charCodeAt(i), 0x01000193);
  return (value >>> 0) % 360;
}

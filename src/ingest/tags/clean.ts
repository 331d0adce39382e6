import { fromUtf8 } from '../../core/index.ts';

export const LONGEST_TEXT = 1_000;
export const LONGEST_COMMENT = 4_000;
export const MOST_VALUES = 64;

// Control characters but for tabs and line ends, byte-order marks, non-characters, and marks that turn the
// direction of the text around them.
const UNWANTED = /[[\p{Cc}\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]--[\t\n\r]]/gv;
const BREAKS = /[\t\n\r\u2028\u2029]+/g;

/** Cuts between characters, never inside one. */
function shorten(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const last = text.charCodeAt(longest - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? longest - 1 : longest);
}

/** Lines kept, everything else that a terminal or a database could choke on gone; undefined where nothing is left. */
export function cleanLines(value: unknown, longest = LONGEST_COMMENT): string | undefined {
  if (typeof value !== 'string') return undefined;
  const bounded = value.slice(0, longest * 4);
  const text = bounded
    .toWellFormed()
    .replaceAll(/\r\n?|[\u2028\u2029]/g, '\n')
    .replaceAll(UNWANTED, '')
    .trim();
  return text === '' ? undefined : shorten(text, longest).trimEnd();
}

/** One line of text; undefined where nothing is left. Numbers are written out. */
export function cleanText(value: unknown, longest = LONGEST_TEXT): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return undefined;
  const bounded = text.slice(0, longest * 4);
  const line = bounded.toWellFormed().replaceAll(BREAKS, ' ').replaceAll(UNWANTED, '').trim();
  return line === '' ? undefined : shorten(line, longest).trimEnd();
}

/** Cleaned, without empty ones and repetitions (that differ at most in case), bounded in number. */
export function cleanList(values: Iterable<unknown>): string[] {
  const kept = new Map<string, string>();
  for (const value of values) {
    if (kept.size >= MOST_VALUES) break;
    const text = cleanText(value);
    if (text === undefined) continue;
    const key = text.toLowerCase();
    if (!kept.has(key)) kept.set(key, text);
  }
  return [...kept.values()];
}

/**
 * Text that was decoded byte by byte because its format declares no encoding (RIFF INFO, ID3v1), while most
 * programs write UTF-8 there: what is valid UTF-8 of more than ASCII was meant as such.
 */
export function undeclaredText(value: string): string {
  const codes = Array.from(value, (character) => character.codePointAt(0) ?? 0);
  if (codes.some((code) => code > 0xff) || codes.every((code) => code < 0x80)) return value;
  try {
    return fromUtf8(Uint8Array.from(codes));
  } catch {
    return value;
  }
}

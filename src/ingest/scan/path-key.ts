import { fromUtf8 } from '../../core/index.ts';

const SLASH = 0x2f;
const PERCENT = 0x25;

/** How many bytes the UTF-8 sequence at `offset` has; 0 where it is not one (RFC 3629 section 4). */
function sequenceLength(bytes: Uint8Array, offset: number): number {
  const first = bytes[offset] ?? 0;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || offset + length > bytes.length) return 0;
  const second = bytes[offset + 1] ?? 0;
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (let i = 2; i < length; i++) {
    const next = bytes[offset + i] ?? 0;
    if (next < 0x80 || next > 0xbf) return 0;
  }
  return length;
}

function percent(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** A file name or relative path as text: bytes that are not UTF-8, and `%`, are written %XX. */
export function encodePathKey(path: Uint8Array): string {
  let key = '';
  let from = 0;
  let offset = 0;
  const flush = (): void => {
    if (offset > from) key += fromUtf8(path.subarray(from, offset));
  };
  while (offset < path.length) {
    const length = path[offset] === PERCENT ? 0 : sequenceLength(path, offset);
    if (length > 0) {
      offset += length;
      continue;
    }
    flush();
    key += percent(path[offset] ?? 0);
    offset += 1;
    from = offset;
  }
  flush();
  return key;
}

const ESCAPE = /%([0-9A-F]{2})/g;

/** The bytes that `encodePathKey` was given. */
export function decodePathKey(key: string): Buffer {
  const pieces: Buffer[] = [];
  let from = 0;
  for (const match of key.matchAll(ESCAPE)) {
    pieces.push(Buffer.from(key.slice(from, match.index), 'utf8'));
    pieces.push(Buffer.from([Number.parseInt(match[1] ?? '', 16)]));
    from = match.index + match[0].length;
  }
  pieces.push(Buffer.from(key.slice(from), 'utf8'));
  return Buffer.concat(pieces);
}

/** Moves the surrogates above U+E000..U+FFFF, where UTF-8 and the code points have them. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

/** Orders as the keys' UTF-8 bytes do, which for UTF-16 strings `<` does not. */
export function comparePathKeys(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** `parent/name` in bytes; the parent's own name where `name` is empty. */
export function joinPath(parent: Uint8Array, name: Uint8Array): Buffer {
  if (name.length === 0) return Buffer.from(parent);
  const joined = Buffer.allocUnsafe(parent.length + 1 + name.length);
  joined.set(parent, 0);
  joined[parent.length] = SLASH;
  joined.set(name, parent.length + 1);
  return joined;
}

/** Rows whose file was displaced lie under keys that no path encodes to: `~` is no hexadecimal digit. */
const DISPLACED = '%~';

export function displacedPathKey(pathKey: string, contentHash: Uint8Array): string {
  return `${DISPLACED}${contentHash.toHex()}/${pathKey}`;
}

export function isDisplaced(pathKey: string): boolean {
  return pathKey.startsWith(DISPLACED);
}

// Cc, Cf (bidirectional overrides, zero-width characters), line and paragraph separators, private use.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;
const LONGEST_SHOWN = 400;

/** A path as a terminal may show it: nothing in it moves the cursor, reorders text or rings the bell. */
export function pathForPeople(pathKey: string): string {
  const shown = pathKey
    .replaceAll(ESCAPE, (escape, digits: string) => (digits === '25' ? '%' : `\\x${digits.toLowerCase()}`))
    .replaceAll(UNPRINTABLE, (character) => {
      if (character === '\n') return '\\n';
      if (character === '\t') return '\\t';
      return `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`;
    });
  const characters = Array.from(shown);
  if (characters.length <= LONGEST_SHOWN) return shown;
  const half = LONGEST_SHOWN / 2 - 1;
  return `${characters.slice(0, half).join('')}…${characters.slice(-half).join('')}`;
}

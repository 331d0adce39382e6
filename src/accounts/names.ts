import { ClefError } from '../core/index.ts';

const MAX_NAME_CHARACTERS = 64;
/** Control, format (zero-width, bidirectional overrides), unpaired surrogates, line and paragraph separators. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Spaces that look like the usual one. */
const FOREIGN_SPACE = /(?! )\p{Zs}/u;

/** A user's, a client's or a device's name as it is kept: outer white space removed, Unicode NFC; `bad-request` on what cannot be one. */
export function parseName(typed: string, what: 'user name' | 'client name' | 'device name'): string {
  const name = typed.trim().normalize('NFC');
  const { length } = Array.from(name);
  if (length < 1 || length > MAX_NAME_CHARACTERS) {
    throw new ClefError('bad-request', `a ${what} has 1 to ${MAX_NAME_CHARACTERS} characters, got ${length}`);
  }
  if (INVISIBLE.test(name) || FOREIGN_SPACE.test(name)) {
    throw new ClefError('bad-request', `a ${what} holds no control or invisible characters`);
  }
  return name;
}

/** Equal for names that people take for the same: case and compatibility forms do not count (Unicode NFKC). */
export function foldName(name: string): string {
  return name.normalize('NFKC').toLowerCase().normalize('NFKC').trim();
}

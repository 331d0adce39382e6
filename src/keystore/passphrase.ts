import { createHash, randomBytes } from 'node:crypto';
import { ClefError } from '../core/index.ts';

/** Crockford's base 32: no I, L, O or U, so that it survives handwriting. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const SECRET_BYTES = 16;
/** 128 secret bits and 12 of checksum are 28 characters of 5 bits, in 7 groups of 4. */
const CHECKSUM_BITS = 12;
const LENGTH = (SECRET_BYTES * 8 + CHECKSUM_BITS) / 5;
const GROUP = 4;

/** 128 random bits that a person can copy by hand: `7KQM-0V3T-…`, seven groups with a built-in checksum. */
export function generatePassphrase(): string {
  return format(randomBytes(SECRET_BYTES));
}

/**
 * The one spelling of what was typed, the same at sealing and at opening: a generated passphrase in
 * capitals and groups whatever the reader made of it (o for 0, l for 1, spaces for dashes); anything else in Unicode
 * NFC without outer white space.
 */
export function canonicalPassphrase(typed: string): string {
  const secret = parseGenerated(typed);
  return secret === undefined ? typed.trim().normalize('NFC') : format(secret);
}

/** True where the text has the shape of a generated passphrase, yet its checksum says it was mistyped. */
export function looksMistyped(typed: string): boolean {
  const characters = crockford(typed);
  return characters !== undefined && parseGenerated(typed) === undefined;
}

/** For the catch of whatever a passphrase failed to open: says so when a typing mistake explains it. */
export function wrongPassphrase(typed: string, what: string, cause?: unknown): ClefError {
  const hint = looksMistyped(typed) ? '; a character is mistyped: its checksum does not match' : '';
  return new ClefError('wrong-passphrase', `the passphrase does not open ${what}${hint}`, { cause });
}

function format(secret: Uint8Array): string {
  let bits = (BigInt(`0x${secret.toHex()}`) << BigInt(CHECKSUM_BITS)) | BigInt(checksum(secret));
  let text = '';
  for (let i = 0; i < LENGTH; i++) {
    text = `${ALPHABET[Number(bits & 31n)] ?? ''}${text}`;
    bits >>= 5n;
  }
  return (text.match(new RegExp(`.{${GROUP}}`, 'g')) ?? []).join('-');
}

function parseGenerated(typed: string): Uint8Array | undefined {
  const characters = crockford(typed);
  if (characters === undefined) return undefined;
  let bits = 0n;
  for (const character of characters) bits = (bits << 5n) | BigInt(ALPHABET.indexOf(character));
  const hex = (bits >> BigInt(CHECKSUM_BITS)).toString(16).padStart(SECRET_BYTES * 2, '0');
  const secret = Uint8Array.fromHex(hex);
  return checksum(secret) === Number(bits & BigInt((1 << CHECKSUM_BITS) - 1)) ? secret : undefined;
}

/** The 28 characters, upper case, look-alikes resolved; undefined for any other text. */
function crockford(typed: string): string | undefined {
  const characters = typed
    .toUpperCase()
    .replaceAll(/[\s-]/g, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
  return characters.length === LENGTH && Array.from(characters).every((one) => ALPHABET.includes(one))
    ? characters
    : undefined;
}

function checksum(secret: Uint8Array): number {
  const digest = createHash('sha256').update('clef/v1/passphrase').update(secret).digest();
  return digest.readUInt16BE(0) >> (16 - CHECKSUM_BITS);
}

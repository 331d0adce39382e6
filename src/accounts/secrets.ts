import { randomBytes } from 'node:crypto';

/** Crockford's base 32 in small letters: no i, l, o or u, and no shift key on a phone. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const GROUPS = 7;
const GROUP_CHARACTERS = 4;
const API_KEY_BYTES = 32;
const API_KEY = /^clef_(?<user>[0-9a-z]{1,11})_[A-Za-z0-9_-]{43}$/;

/** A password of 140 random bits that can be typed from a screen: `k7qm-0v3t-…`. */
export function generatePassword(): string {
  const characters = [...randomBytes(GROUPS * GROUP_CHARACTERS)].map((byte) => ALPHABET[byte & 31]).join('');
  return (characters.match(new RegExp(`.{${GROUP_CHARACTERS}}`, 'g')) ?? []).join('-');
}

/**
 * 256 random bits, behind a prefix that secret scanners can know and the account's id: whoever checks the key reads
 * one account's credentials, in one bucket.
 */
export function generateApiKey(userId: number): string {
  return `clef_${userId.toString(36)}_${randomBytes(API_KEY_BYTES).toString('base64url')}`;
}

/** Whose key it claims to be; undefined where it cannot be one. */
export function apiKeyOwner(key: string): number | undefined {
  const digits = API_KEY.exec(key)?.groups?.user;
  if (digits === undefined) return undefined;
  const id = Number.parseInt(digits, 36);
  return Number.isSafeInteger(id) && id.toString(36) === digits ? id : undefined;
}

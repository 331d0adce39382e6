import { type Bytes, ClefError } from '../core/index.ts';
import { decryptionFailed } from './failure.ts';
import { randomBytes } from './random.ts';

export const KEY_BYTES = 32;
/** RFC 3394 adds one 8-byte block. */
export const WRAPPED_KEY_BYTES = KEY_BYTES + 8;

/** 256 random bits that belong to one asset; never derived from its content. */
export type TrackKey = Bytes;

export function generateTrackKey(): TrackKey {
  return randomBytes(KEY_BYTES);
}

/** Any fresh symmetric key of the format: library, service and source-hash keys. */
export function generateKey(): Bytes {
  return randomBytes(KEY_BYTES);
}

/** A256KW (RFC 3394) under the library key of an epoch. */
export async function wrapTrackKey(libraryKey: Bytes, trackKey: TrackKey): Promise<Bytes> {
  assertKey(trackKey);
  const wrappable = await crypto.subtle.importKey('raw', trackKey, 'AES-GCM', true, ['encrypt']);
  const wrapping = await wrappingKey(libraryKey, 'wrapKey');
  return new Uint8Array(await crypto.subtle.wrapKey('raw', wrappable, wrapping, 'AES-KW'));
}

export async function unwrapTrackKey(libraryKey: Bytes, wrapped: Bytes): Promise<TrackKey> {
  const unwrapping = await wrappingKey(libraryKey, 'unwrapKey');
  if (wrapped.length !== WRAPPED_KEY_BYTES) throw decryptionFailed();
  try {
    const key = await crypto.subtle.unwrapKey('raw', wrapped, unwrapping, 'AES-KW', 'AES-GCM', true, [
      'decrypt',
    ]);
    return new Uint8Array(await crypto.subtle.exportKey('raw', key));
  } catch {
    throw decryptionFailed();
  }
}

function wrappingKey(libraryKey: Bytes, usage: 'wrapKey' | 'unwrapKey'): Promise<CryptoKey> {
  assertKey(libraryKey);
  return crypto.subtle.importKey('raw', libraryKey, 'AES-KW', false, [usage]);
}

/** AES would also take 16 and 24 bytes; the format has 32 only. */
export function assertKey(key: Uint8Array): void {
  if (key.length !== KEY_BYTES) {
    throw new ClefError('internal', `a key has ${KEY_BYTES} bytes, got ${key.length}`);
  }
}

import { type Bytes, ClefError, concatBytes, utf8 } from '../core/index.ts';
import { decryptionFailed } from './failure.ts';
import { currentEpoch, keyOfEpoch, type ServiceKeyring } from './keyring.ts';
import { randomBytes } from './random.ts';
import { TAG_BYTES } from './sizes.ts';

/** What a sealed secret is for; it opens for this purpose, user and credential only. */
export interface SecretPlace {
  /** `app-password`, `totp-seed`. */
  readonly purpose: string;
  readonly userId: string;
  readonly credentialId: string;
}

const VERSION = 1;
const EPOCH_OFFSET = 1;
const NONCE_OFFSET = 5;
const NONCE_BYTES = 12;
const BODY_OFFSET = NONCE_OFFSET + NONCE_BYTES;
const LABEL = 'clef/v1/secret';
/** Passwords and seeds; nothing larger belongs into a database column of secrets. */
const MAX_SECRET_BYTES = 4_096;
const PLACE_PART = /^[\x21-\x7e]{1,128}$/;

/**
 * AES-256-GCM under the service key of the current epoch. The nonce is random: SP 800-38D section 8.3 allows
 * 2^32 of those a key, and no Clef has that many app passwords.
 */
export async function sealSecret(
  keyring: ServiceKeyring,
  place: SecretPlace,
  plaintext: Uint8Array,
): Promise<Bytes> {
  if (plaintext.length > MAX_SECRET_BYTES) {
    throw new ClefError(
      'internal',
      `a secret has at most ${MAX_SECRET_BYTES} bytes, got ${plaintext.length}`,
    );
  }
  const { epoch, key } = currentEpoch(keyring);
  const head = new DataView(new ArrayBuffer(NONCE_OFFSET));
  head.setUint8(0, VERSION);
  head.setUint32(EPOCH_OFFSET, epoch);
  const nonce = randomBytes(NONCE_BYTES);
  const cryptoKey = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt']);
  const body = await crypto.subtle.encrypt(gcm(nonce, keyring, place), cryptoKey, new Uint8Array(plaintext));
  return concatBytes(new Uint8Array(head.buffer), nonce, new Uint8Array(body));
}

/** Throws the opaque `decryption-failed`; `unsupported-format` for another version, before any key is used. */
export async function openSecret(
  keyring: ServiceKeyring,
  place: SecretPlace,
  sealed: Uint8Array,
): Promise<Bytes> {
  if (sealed.length < BODY_OFFSET + TAG_BYTES) throw decryptionFailed();
  const view = new DataView(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (view.getUint8(0) !== VERSION) {
    throw new ClefError('unsupported-format', `sealed secret: version ${VERSION} expected, got ${sealed[0]}`);
  }
  const key = keyOfEpoch(keyring, view.getUint32(EPOCH_OFFSET));
  if (key === undefined) throw decryptionFailed();
  const cryptoKey = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt']);
  const nonce = new Uint8Array(sealed.subarray(NONCE_OFFSET, BODY_OFFSET));
  try {
    const body = new Uint8Array(sealed.subarray(BODY_OFFSET));
    return new Uint8Array(await crypto.subtle.decrypt(gcm(nonce, keyring, place), cryptoKey, body));
  } catch {
    throw decryptionFailed();
  }
}

/** The parts hold no zero byte, so that joining them with zero bytes is unambiguous. */
function gcm(nonce: Bytes, { libraryId }: ServiceKeyring, place: SecretPlace): AesGcmParams {
  const parts = [libraryId, place.purpose, place.userId, place.credentialId];
  if (parts.some((part) => !PLACE_PART.test(part))) {
    throw new ClefError(
      'internal',
      'purpose, user and credential of a secret are 1 to 128 printable characters',
    );
  }
  const additionalData = utf8([LABEL, ...parts].join('\0'));
  return { name: 'AES-GCM', iv: nonce, additionalData, tagLength: TAG_BYTES * 8 };
}

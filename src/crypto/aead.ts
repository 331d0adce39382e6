import { type Bytes, asBytes } from '../core/index.ts';
import { decryptionFailed } from './failure.ts';
import { TAG_BYTES } from './sizes.ts';

/**
 * AES-256-GCM under one key, empty associated data, 12-byte nonces, the 16-byte tag behind the ciphertext.
 * The port of the bulk work: an adapter may answer at once or later. The caller owns nonce uniqueness.
 * `open` throws the opaque `decryption-failed` and never returns unverified bytes.
 */
export interface Aead {
  seal(nonce: Bytes, plaintext: Uint8Array): Bytes | Promise<Bytes>;
  open(nonce: Bytes, sealed: Uint8Array): Bytes | Promise<Bytes>;
}

export type AeadFactory = (key: Bytes) => Aead | Promise<Aead>;

function parameters(nonce: Bytes): AesGcmParams {
  return { name: 'AES-GCM', iv: nonce, tagLength: TAG_BYTES * 8 };
}

/** The adapter of every platform that has WebCrypto. */
export const webCryptoAead: AeadFactory = async (key) => {
  const cryptoKey = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);
  return {
    async seal(nonce, plaintext) {
      return new Uint8Array(await crypto.subtle.encrypt(parameters(nonce), cryptoKey, asBytes(plaintext)));
    },
    async open(nonce, sealed) {
      try {
        return new Uint8Array(await crypto.subtle.decrypt(parameters(nonce), cryptoKey, asBytes(sealed)));
      } catch {
        throw decryptionFailed();
      }
    },
  };
};

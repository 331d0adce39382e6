import { type Bytes, ClefError, concatBytes, fromBase64Url, fromUtf8, utf8 } from '../../core/index.ts';

const KEY_MANAGEMENT = 'ECDH-ES+A256KW';
const CONTENT_ENCRYPTION = 'A256GCM';
const KEY_BITS = 256;
/** RFC 3394 adds one 8-byte block. */
const WRAPPED_KEY_BYTES = KEY_BITS / 8 + 8;
/** RFC 7518 section 5.3. */
const IV_BYTES = 12;
const TAG_BYTES = 16;
const AGREEMENT = { name: 'ECDH', namedCurve: 'P-256' } as const;

export interface OpenedJwe {
  /** Authenticated with the payload. */
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Bytes;
}

/**
 * Opens a compact JWE (RFC 7516 section 5.2) that was sealed to this P-256 key: the one pair of algorithms that Clef
 * uses, in WebCrypto, since `jose` with all of them is larger than the player's engine. Whatever does not open gives
 * one opaque error.
 */
export async function openCompactJwe(compact: string, privateKey: CryptoKey): Promise<OpenedJwe> {
  try {
    const [encodedHeader, ...encoded] = compact.split('.') as [string, ...string[]];
    const [wrappedKey, iv, ciphertext, tag] = encoded.map(fromBase64Url);
    const header = JSON.parse(fromUtf8(fromBase64Url(encodedHeader))) as Record<string, unknown>;
    if (
      encoded.length !== 4 ||
      header['alg'] !== KEY_MANAGEMENT ||
      header['enc'] !== CONTENT_ENCRYPTION ||
      // Nothing that must be understood is understood, and nothing is compressed: RFC 7516 sections 4.1.13, 4.1.3.
      'crit' in header ||
      'zip' in header ||
      wrappedKey?.length !== WRAPPED_KEY_BYTES ||
      iv?.length !== IV_BYTES ||
      tag?.length !== TAG_BYTES ||
      !ciphertext
    ) {
      throw refused();
    }
    const wrapping = await agreedKey(header, privateKey);
    const content = await crypto.subtle.unwrapKey('raw', wrappedKey, wrapping, 'AES-KW', 'AES-GCM', false, [
      'decrypt',
    ]);
    // RFC 7516 section 5.1 step 14: the encoded header is the additional data.
    const parameters = { name: 'AES-GCM', iv, additionalData: utf8(encodedHeader), tagLength: TAG_BYTES * 8 };
    const payload = await crypto.subtle.decrypt(parameters, content, concatBytes(ciphertext, tag));
    return { header, payload: new Uint8Array(payload) };
  } catch {
    throw refused();
  }
}

/** RFC 7518 section 4.6: what both sides compute from the ephemeral key, as a key that unwraps. */
async function agreedKey(header: Record<string, unknown>, privateKey: CryptoKey): Promise<CryptoKey> {
  const { kty, crv, x, y } = header['epk'] as JsonWebKey;
  // Importing refuses a point that is not on the curve.
  const ephemeral = await crypto.subtle.importKey(
    'jwk',
    { kty, crv, x, y } as JsonWebKey,
    AGREEMENT,
    false,
    [],
  );
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: ephemeral }, privateKey, KEY_BITS);
  // The one round of the Concat KDF that 256 bits take: RFC 7518 section 4.6.2, SP 800-56A 5.8.1.
  const digest = await crypto.subtle.digest(
    'SHA-256',
    concatBytes(
      uint32(1),
      new Uint8Array(shared),
      withLength(utf8(KEY_MANAGEMENT)),
      withLength(partyInfo(header['apu'])),
      withLength(partyInfo(header['apv'])),
      uint32(KEY_BITS),
    ),
  );
  return crypto.subtle.importKey('raw', digest, 'AES-KW', false, ['unwrapKey']);
}

function partyInfo(encoded: unknown): Bytes {
  return fromBase64Url(typeof encoded === 'string' ? encoded : '');
}

function withLength(bytes: Bytes): Bytes {
  return concatBytes(uint32(bytes.length), bytes);
}

function uint32(value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function refused(): ClefError {
  return new ClefError(
    'decryption-failed',
    'a key did not open: it is for another device, or it was changed',
  );
}

import { createCipheriv, createPrivateKey, type KeyObject, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { type Bytes, ClefError, concatBytes } from '../core/index.ts';
import { derInteger, derNull, derObjectId, derOctets, derSequence } from './der.ts';

const deriveKey = promisify(pbkdf2);

/** Node's own export stays at 2,048; OWASP asked for 600,000 of HMAC-SHA-256 in 2023. */
const PBKDF2_ITERATIONS = 1_000_000;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
const IV_BYTES = 16;

/** RFC 8018 appendix A.2, A.3, A.4, B.1.2; NIST's arc for AES-256-CBC. */
const PBKDF2 = '1.2.840.113549.1.5.12';
const PBES2 = '1.2.840.113549.1.5.13';
const HMAC_SHA256 = '1.2.840.113549.2.9';
const AES_256_CBC = '2.16.840.1.101.3.4.1.42';

/**
 * A private key as `ENCRYPTED PRIVATE KEY` (RFC 5958 section 3), which `openssl pkcs8` and `openssl pkey` open.
 * CBC has no tag: whoever opens the key must compare it with what is expected of it, as `openRecoveryKit` does.
 */
export async function encryptPkcs8(key: KeyObject, passphrase: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const iv = randomBytes(IV_BYTES);
  const secret = await deriveKey(passphrase, salt, PBKDF2_ITERATIONS, KEY_BYTES, 'sha256');
  const cipher = createCipheriv('aes-256-cbc', secret, iv);
  const sealed = concatBytes(cipher.update(key.export({ type: 'pkcs8', format: 'der' })), cipher.final());
  secret.fill(0);

  const derivation = derSequence(
    derOctets(salt),
    derInteger(PBKDF2_ITERATIONS),
    derSequence(derObjectId(HMAC_SHA256), derNull()),
  );
  const scheme = derSequence(
    derSequence(derObjectId(PBKDF2), derivation),
    derSequence(derObjectId(AES_256_CBC), derOctets(iv)),
  );
  return pem(
    'ENCRYPTED PRIVATE KEY',
    derSequence(derSequence(derObjectId(PBES2), scheme), derOctets(sealed)),
  );
}

/** `wrong-passphrase` where it does not open, for whatever reason: OpenSSL cannot tell damage from a wrong key. */
export function decryptPkcs8(encrypted: string, passphrase: string): KeyObject {
  try {
    return createPrivateKey({ key: encrypted, format: 'pem', passphrase });
  } catch (error) {
    throw new ClefError('wrong-passphrase', 'the passphrase does not open this key, or the key is damaged', {
      cause: error,
    });
  }
}

/** RFC 7468: base64 in lines of 64. */
function pem(label: string, der: Bytes): string {
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

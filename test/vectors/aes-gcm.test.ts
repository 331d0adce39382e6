import { createCipheriv, createDecipheriv } from 'node:crypto';
import { describe, it } from 'vitest';
import { type Bytes, concatBytes, equalBytes } from '../../src/core/index.ts';
import { type AeadFactory, webCryptoAead } from '../../src/crypto/index.ts';
import { nodeAead } from '../../src/vault/node-aead.ts';
import { hex, NotApplicable, type Run, runVectors, type Vector } from './wycheproof.ts';

interface GcmTest extends Vector {
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
}

interface GcmGroup {
  readonly keySize: 128 | 192 | 256;
  readonly ivSize: number;
  readonly tagSize: number;
  readonly tests: readonly GcmTest[];
}

const FILE = 'aes_gcm_test.json';

/** Opens what the vector has, and for a valid one also seals to the same bytes. */
async function bothWays(
  test: GcmTest,
  open: (sealed: Bytes) => Promise<Uint8Array>,
  seal: (plaintext: Bytes) => Promise<Uint8Array>,
): Promise<boolean> {
  const [plaintext, sealed] = [hex(test.msg), concatBytes(hex(test.ct), hex(test.tag))];
  if (!equalBytes(await open(sealed), plaintext)) return false;
  return equalBytes(await seal(plaintext), sealed);
}

/** OpenSSL's limit. A nonce of no bits at all is every cipher's to refuse, so it is not left out. */
const MAX_NONCE_BITS = 1024;
const WEBCRYPTO_MIN_NONCE_BITS = 96;

const webCrypto: Run<GcmGroup, GcmTest> = async (test, { ivSize, tagSize }) => {
  if (ivSize > MAX_NONCE_BITS) throw new NotApplicable('nonces over 1,024 bits');
  if (ivSize > 0 && ivSize < WEBCRYPTO_MIN_NONCE_BITS) {
    throw new NotApplicable("nonces under 96 bits, which Node's WebCrypto does not take");
  }
  const parameters = { name: 'AES-GCM', iv: hex(test.iv), additionalData: hex(test.aad), tagLength: tagSize };
  const key = await crypto.subtle.importKey('raw', hex(test.key), 'AES-GCM', false, ['encrypt', 'decrypt']);
  return bothWays(
    test,
    async (sealed) => new Uint8Array(await crypto.subtle.decrypt(parameters, key, sealed)),
    async (plaintext) => new Uint8Array(await crypto.subtle.encrypt(parameters, key, plaintext)),
  );
};

const nodeCipher: Run<GcmGroup, GcmTest> = async (test, { keySize, ivSize, tagSize }) => {
  if (ivSize > MAX_NONCE_BITS) throw new NotApplicable('nonces over 1,024 bits');
  const name = `aes-${keySize}-gcm` as const;
  const [key, iv, aad] = [hex(test.key), hex(test.iv), hex(test.aad)];
  const authTagLength = tagSize / 8;
  return bothWays(
    test,
    async (sealed) => {
      const decipher = createDecipheriv(name, key, iv, { authTagLength });
      decipher.setAAD(aad).setAuthTag(sealed.subarray(-authTagLength));
      return concatBytes(decipher.update(sealed.subarray(0, -authTagLength)), decipher.final());
    },
    async (plaintext) => {
      const cipher = createCipheriv(name, key, iv, { authTagLength }).setAAD(aad);
      return concatBytes(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
    },
  );
};

/** What the port of the vault's bulk work can express: no associated data, 256-bit keys, 96-bit nonces. */
function throughPort(factory: AeadFactory): Run<GcmGroup, GcmTest> {
  return async (test, { keySize, ivSize, tagSize }) => {
    if (keySize !== 256) throw new NotApplicable('the port takes 256-bit keys');
    if (ivSize !== 96) throw new NotApplicable('the port takes 96-bit nonces');
    if (tagSize !== 128) throw new NotApplicable('the port takes 128-bit tags');
    if (test.aad !== '') throw new NotApplicable('the port has no associated data');
    const aead = await factory(hex(test.key));
    const nonce = hex(test.iv);
    return bothWays(
      test,
      async (sealed) => aead.open(nonce, sealed),
      async (plaintext) => aead.seal(nonce, plaintext),
    );
  };
}

describe('AES-GCM agrees with Wycheproof', () => {
  it('through WebCrypto', (context) => runVectors(context, FILE, 'WebCrypto', webCrypto));

  it("through Node's ciphers", (context) => runVectors(context, FILE, 'node:crypto', nodeCipher));

  it('through the WebCrypto adapter', (context) =>
    runVectors(context, FILE, 'webCryptoAead', throughPort(webCryptoAead)));

  it('through the Node adapter', (context) => runVectors(context, FILE, 'nodeAead', throughPort(nodeAead)));
});

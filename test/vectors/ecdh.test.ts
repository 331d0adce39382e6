import { describe, it } from 'vitest';
import { equalBytes } from '../../src/core/index.ts';
import { createRecipient, importIdentity, type PrivateRecipientJwk } from '../../src/crypto/index.ts';
import { hex, type Run, runVectors, type Vector } from './wycheproof.ts';

interface EcdhTest extends Vector {
  readonly public: JsonWebKey;
  readonly private: PrivateRecipientJwk;
  readonly shared: string;
}

interface EcdhGroup {
  readonly tests: readonly EcdhTest[];
}

const FILE = 'ecdh_secp256r1_webcrypto_test.json';
const P256 = { name: 'ECDH', namedCurve: 'P-256' };

async function agrees(test: EcdhTest, privateKey: CryptoKey, publicJwk: JsonWebKey): Promise<boolean> {
  const publicKey = await crypto.subtle.importKey('jwk', publicJwk, P256, false, []);
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: publicKey }, privateKey, 256);
  return equalBytes(new Uint8Array(shared), hex(test.shared));
}

const webCrypto: Run<EcdhGroup, EcdhTest> = async (test) =>
  agrees(test, await crypto.subtle.importKey('jwk', test.private, P256, false, ['deriveBits']), test.public);

const recipients: Run<EcdhGroup, EcdhTest> = async (test) => {
  const { jwk } = await createRecipient('server', test.public);
  return agrees(test, (await importIdentity(test.private)).privateKey, { ...jwk });
};

describe('ECDH on P-256 agrees with Wycheproof', () => {
  it('through WebCrypto', (context) => runVectors(context, FILE, 'WebCrypto', webCrypto));

  it('as recipients and identities are imported', (context) =>
    runVectors(context, FILE, 'createRecipient and importIdentity', recipients));
});

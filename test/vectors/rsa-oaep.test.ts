import { describe, it } from 'vitest';
import { equalBytes } from '../../src/core/index.ts';
import { importIdentity, type PrivateRecipientJwk } from '../../src/crypto/index.ts';
import { hex, NotApplicable, type Run, runVectors, type Vector } from './wycheproof.ts';

interface OaepTest extends Vector {
  readonly msg: string;
  readonly ct: string;
  readonly label: string;
}

interface OaepGroup {
  readonly privateKeyJwk: PrivateRecipientJwk;
  readonly privateKeyPkcs8: string;
  readonly tests: readonly OaepTest[];
}

const PARAMETERS = { name: 'RSA-OAEP', hash: 'SHA-256' };

async function decrypts(key: CryptoKey, test: OaepTest): Promise<boolean> {
  const parameters = { name: 'RSA-OAEP', label: hex(test.label) };
  return equalBytes(
    new Uint8Array(await crypto.subtle.decrypt(parameters, key, hex(test.ct))),
    hex(test.msg),
  );
}

const webCrypto: Run<OaepGroup, OaepTest> = async (test, group) => {
  const pkcs8 = hex(group.privateKeyPkcs8);
  return decrypts(await crypto.subtle.importKey('pkcs8', pkcs8, PARAMETERS, false, ['decrypt']), test);
};

/** The key as a recovery key is imported; JWE has no labels (RFC 7518 section 4.3). */
const recoveryKey: Run<OaepGroup, OaepTest> = async (test, group) => {
  if (test.label !== '') throw new NotApplicable('JWE uses no label');
  return decrypts((await importIdentity(group.privateKeyJwk)).privateKey, test);
};

describe('RSA-OAEP-256 agrees with Wycheproof', () => {
  for (const bits of [2048, 4096]) {
    it(`through WebCrypto at ${bits} bits`, (context) =>
      runVectors(context, `rsa_oaep_${bits}_sha256_mgf1sha256_test.json`, 'WebCrypto', webCrypto));
  }

  it('as a recovery key is used', (context) =>
    runVectors(context, 'rsa_oaep_4096_sha256_mgf1sha256_test.json', 'importIdentity', recoveryKey));
});

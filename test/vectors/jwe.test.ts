import {
  compactDecrypt,
  decodeProtectedHeader,
  generalDecrypt,
  type GeneralJWE,
  importJWK,
  type JWK,
} from 'jose';
import { describe, expect, it } from 'vitest';
import { equalBytes } from '../../src/core/index.ts';
import { hex, NotApplicable, type Run, runVectors, type Vector } from './wycheproof.ts';

interface JweTest extends Vector {
  readonly pt: string;
  readonly jwe: string | GeneralJWE;
}

interface JweGroup {
  readonly private: JWK & { readonly alg: string };
  readonly tests: readonly JweTest[];
}

const FILE = 'json_web_encryption_test.json';

interface Allowed {
  readonly keyManagementAlgorithms: string[];
  readonly contentEncryptionAlgorithms?: string[];
}

async function decrypts(test: JweTest, key: JWK & { alg: string }, allowed: Allowed): Promise<boolean> {
  const { plaintext } = await (typeof test.jwe === 'string'
    ? compactDecrypt(test.jwe, await importJWK(key), allowed)
    : generalDecrypt(test.jwe, await importJWK(key), allowed));
  return equalBytes(plaintext, hex(test.pt));
}

/** Content-encryption keys are used directly; every other key for the algorithm that it names, as Clef does. */
function algorithmOf(key: JweGroup['private']): string {
  return key.alg === 'A128GCM' ? 'dir' : key.alg;
}

const jose: Run<JweGroup, JweTest> = async (test, group) => {
  if (group.private.alg === 'RSA1_5') throw new NotApplicable('RSA1_5, which jose leaves out');
  return decrypts(
    test,
    { ...group.private, alg: algorithmOf(group.private) },
    {
      keyManagementAlgorithms: [algorithmOf(group.private)],
    },
  );
};

const CLEF_MANAGEMENT = ['RSA-OAEP-256', 'ECDH-ES+A256KW'];
const CLEF_ENCRYPTION = ['A256GCM'];

/** With the lists that a keyring is opened with: what they do not name must be refused, valid or not. */
const asKeyrings: Run<JweGroup, JweTest> = async (test, group) => {
  const opening = decrypts(test, group.private, {
    keyManagementAlgorithms: CLEF_MANAGEMENT,
    contentEncryptionAlgorithms: CLEF_ENCRYPTION,
  });
  const { alg = '', enc = '' } = test.result === 'valid' ? decodeProtectedHeader(test.jwe) : {};
  if (test.result !== 'valid' || (CLEF_MANAGEMENT.includes(alg) && CLEF_ENCRYPTION.includes(String(enc)))) {
    return opening;
  }
  await expect(opening).rejects.toThrow();
  throw new NotApplicable('refused as it must be: an algorithm that keyrings do not use');
};

describe('JWE agrees with Wycheproof', () => {
  it('through jose', (context) => runVectors(context, FILE, 'jose', jose));

  it('with the algorithms that a keyring allows', (context) =>
    runVectors(context, FILE, "keyring's algorithms", asKeyrings));
});

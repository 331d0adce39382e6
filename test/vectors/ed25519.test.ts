import { describe, it } from 'vitest';
import { importVerifyKey, type PublicSigningJwk } from '../../src/crypto/signing-key.ts';
import { hex, type Run, runVectors, type Vector } from './wycheproof.ts';

interface Ed25519Test extends Vector {
  readonly msg: string;
  readonly sig: string;
}

interface Ed25519Group {
  readonly publicKeyJwk: PublicSigningJwk;
  readonly tests: readonly Ed25519Test[];
}

const FILE = 'ed25519_test.json';

const verifies: Run<Ed25519Group, Ed25519Test> = async (test, { publicKeyJwk: { kty, crv, x } }) => {
  const key = await importVerifyKey({ kty, crv, x });
  if (!(await crypto.subtle.verify('Ed25519', key, hex(test.sig), hex(test.msg)))) throw new Error('refused');
  return true;
};

describe('Ed25519 agrees with Wycheproof', () => {
  it('under keys as signers are imported', (context) =>
    runVectors(context, FILE, 'importVerifyKey', verifies));
});

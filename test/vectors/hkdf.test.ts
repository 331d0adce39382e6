import { describe, it } from 'vitest';
import { equalBytes } from '../../src/core/index.ts';
import { extract } from '../../src/crypto/hkdf.ts';
import { hex, NotApplicable, type Run, runVectors, type Vector } from './wycheproof.ts';

interface HkdfTest extends Vector {
  readonly ikm: string;
  readonly salt: string;
  readonly info: string;
  readonly size: number;
  readonly okm: string;
}

interface HkdfGroup {
  readonly tests: readonly HkdfTest[];
}

const FILE = 'hkdf_sha256_test.json';

const webCrypto: Run<HkdfGroup, HkdfTest> = async (test) => {
  const key = await crypto.subtle.importKey('raw', hex(test.ikm), 'HKDF', false, ['deriveBits']);
  const parameters = { name: 'HKDF', hash: 'SHA-256', salt: hex(test.salt), info: hex(test.info) };
  return equalBytes(
    new Uint8Array(await crypto.subtle.deriveBits(parameters, key, test.size * 8)),
    hex(test.okm),
  );
};

/** A shorter or longer output begins with the same bytes (RFC 5869 section 2.3), so that every size tells. */
const derivedKeys: Run<HkdfGroup, HkdfTest> = async (test) => {
  if (test.result === 'invalid') throw new NotApplicable('Clef derives 32 bytes, which is never too much');
  const expand = await extract(hex(test.salt), hex(test.ikm));
  const derived = await expand(hex(test.info));
  const common = Math.min(derived.length, test.size);
  return equalBytes(derived.subarray(0, common), hex(test.okm).subarray(0, common));
};

describe('HKDF-SHA-256 agrees with Wycheproof', () => {
  it('through WebCrypto', (context) => runVectors(context, FILE, 'WebCrypto', webCrypto));

  it('as keys are derived', (context) => runVectors(context, FILE, 'extract and expand', derivedKeys));
});

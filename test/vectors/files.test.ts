import { readdir } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { sharedData } from '../support/shared-data.ts';
import { FOLDER } from './wycheproof.ts';

const run = [
  'aes_gcm_test.json',
  'aes_wrap_test.json',
  'ecdh_secp256r1_webcrypto_test.json',
  'ed25519_test.json',
  'hkdf_sha256_test.json',
  'json_web_encryption_test.json',
  'rsa_oaep_2048_sha256_mgf1sha256_test.json',
  'rsa_oaep_4096_sha256_mgf1sha256_test.json',
];
/** Format v1 has neither X25519 nor ML-KEM. */
const ofOtherPrimitives = ['mlkem_768_test.json', 'x25519_jwk_test.json'];

it('every file of vectors is run here, or is of a primitive that Clef does not use', async (context) => {
  const files = (await readdir(sharedData(FOLDER, context))).filter((name) => name.endsWith('.json'));
  expect(files.sort()).toEqual([...run, ...ofOtherPrimitives].sort());
});

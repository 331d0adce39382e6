import { compactDecrypt } from 'jose';
import { describe, expect, it } from 'vitest';
import { type AssetId, fromUtf8, type LibraryId, utf8 } from '../core/index.ts';
import { generateIdentity, sealToDevice } from './index.ts';

const FACTS = {
  libraryId: '1'.repeat(32) as LibraryId,
  assetId: '2'.repeat(32) as AssetId,
  issuedAtMs: 1_800_000_000_999,
};

describe('an envelope of play keys', () => {
  it('opens for its device, and names library, asset, device and time', async () => {
    const { identity, recipient } = await generateIdentity('user');
    const jwe = await sealToDevice(recipient.jwk, FACTS, utf8('{"audio":"…"}'));
    const { plaintext, protectedHeader } = await compactDecrypt(jwe, identity.privateKey, {
      keyManagementAlgorithms: ['ECDH-ES+A256KW'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    expect(fromUtf8(plaintext)).toBe('{"audio":"…"}');
    expect(protectedHeader).toMatchObject({
      typ: 'clef-play-keys',
      library: FACTS.libraryId,
      asset: FACTS.assetId,
      device: recipient.thumbprint,
      iat: 1_800_000_000,
    });
  });

  it('draws a key of its own each time, and opens for no other device', async () => {
    const { recipient } = await generateIdentity('user');
    const stranger = await generateIdentity('user');
    const [first, second] = await Promise.all([
      sealToDevice(recipient.jwk, FACTS, utf8('x')),
      sealToDevice(recipient.jwk, FACTS, utf8('x')),
    ]);
    expect(first).not.toBe(second);
    await expect(compactDecrypt(first, stranger.identity.privateKey)).rejects.toThrow();
  });

  it('is made for no key but one of P-256', async () => {
    const { recipient } = await generateIdentity('user');
    for (const jwk of [
      { ...recipient.jwk, crv: 'P-384' },
      { kty: 'RSA', n: 'AQAB', e: 'AQAB' },
      { ...recipient.jwk, x: 'A'.repeat(43) },
    ]) {
      await expect(sealToDevice(jwk, FACTS, utf8('x'))).rejects.toThrow();
    }
  });
});

import { describe, expect, it } from 'vitest';
import { equalBytes, toHex } from '../core/index.ts';
import { webCryptoAead } from './aead.ts';
import { decryptionFailed } from './failure.ts';
import { CHUNK_BYTES } from './sizes.ts';
import { chunkCipher, streamNonce } from './stream.ts';
import { generateKey } from './track-key.ts';

describe('a stream nonce', () => {
  it('is 7 zero bytes, the big-endian index and the last-flag', () => {
    expect(toHex(streamNonce(0, false))).toBe('000000000000000000000000');
    expect(toHex(streamNonce(0x01020304, true))).toBe('000000000000000102030401');
    expect(toHex(streamNonce(2 ** 24 - 1, false))).toBe('0000000000000000ffffff00');
  });
});

describe('under one key', () => {
  it('a middle chunk does not open as the last, nor the last as a middle one', async () => {
    const aead = await webCryptoAead(generateKey());
    const [one, two] = [chunkCipher(aead, CHUNK_BYTES), chunkCipher(aead, 2 * CHUNK_BYTES)];
    const plaintext = new Uint8Array(CHUNK_BYTES);
    const [last, middle] = [await one.sealChunk(0, plaintext), await two.sealChunk(0, plaintext)];
    expect(equalBytes(await one.openChunk(0, last), plaintext)).toBe(true);
    expect(equalBytes(await two.openChunk(0, middle), plaintext)).toBe(true);
    await expect(one.openChunk(0, middle)).rejects.toEqual(decryptionFailed());
    await expect(two.openChunk(0, last)).rejects.toEqual(decryptionFailed());
  });
});

import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../core/index.ts';
import { decryptionFailed } from './failure.ts';
import {
  generateKey,
  generateTrackKey,
  unwrapTrackKey,
  WRAPPED_KEY_BYTES,
  wrapTrackKey,
} from './track-key.ts';

describe('a wrapped track key', () => {
  it('is that of RFC 3394 section 4.6', async () => {
    const libraryKey = fromHex('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
    const trackKey = fromHex('00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f');
    const wrapped = '28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21';
    expect(toHex(await wrapTrackKey(libraryKey, trackKey))).toBe(wrapped);
    expect(await unwrapTrackKey(libraryKey, fromHex(wrapped))).toEqual(trackKey);
  });

  it('opens under its library key only, unchanged and whole', async () => {
    const libraryKey = generateKey();
    const trackKey = generateTrackKey();
    const wrapped = await wrapTrackKey(libraryKey, trackKey);
    expect(wrapped).toHaveLength(WRAPPED_KEY_BYTES);
    expect(await unwrapTrackKey(libraryKey, wrapped)).toEqual(trackKey);
    await expect(unwrapTrackKey(generateKey(), wrapped)).rejects.toEqual(decryptionFailed());
    await expect(unwrapTrackKey(libraryKey, wrapped.subarray(8))).rejects.toEqual(decryptionFailed());
    for (let at = 0; at < wrapped.length; at++) {
      const changed = new Uint8Array(wrapped);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(unwrapTrackKey(libraryKey, changed)).rejects.toEqual(decryptionFailed());
    }
  });

  it('is never made of a shorter key', async () => {
    await expect(wrapTrackKey(generateKey(), new Uint8Array(16))).rejects.toMatchObject({ code: 'internal' });
    await expect(async () => wrapTrackKey(new Uint8Array(16), generateTrackKey())).rejects.toMatchObject({
      code: 'internal',
    });
  });
});

import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { utf8 } from '../core/index.ts';
import { MAX_SHORT_BYTES, shortSha256 } from './short-sha256.ts';

test('the hash of "abc" is that of FIPS 180-4', () => {
  expect([...shortSha256(utf8('abc'))]).toEqual([
    0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223, 0xb00361a3, 0x96177a9c, 0xb410ff61, 0xf20015ad,
  ]);
});

test('the hash of any short message is that of OpenSSL', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: MAX_SHORT_BYTES }), (message) => {
      const expected = createHash('sha256').update(message).digest();
      expect([...shortSha256(message)]).toEqual(
        Array.from({ length: 8 }, (_, i) => expected.readUInt32BE(i * 4)),
      );
    }),
  );
});

test('a longer message is refused', () => {
  expect(() => shortSha256(new Uint8Array(MAX_SHORT_BYTES + 1))).toThrow(RangeError);
});

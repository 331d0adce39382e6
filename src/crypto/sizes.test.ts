import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CHUNK_BYTES,
  chunkCount,
  chunkPlainLength,
  chunksCovering,
  MAX_ASSET_BYTES,
  paddedLength,
  SEALED_CHUNK_BYTES,
  sealedChunkRange,
  sealedLength,
  TAG_BYTES,
} from './sizes.ts';

const anyLength = fc.oneof(
  fc.integer({ min: 0, max: 5 * CHUNK_BYTES }),
  fc.integer({ min: 0, max: MAX_ASSET_BYTES }),
  // Beside powers of two, where a logarithm by floating point would round.
  fc
    .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: -2, max: 0 }))
    .map(([e, d]) => Math.max(0, 2 ** e + d)),
);

/** The formula of the paper in whole numbers of any size. */
function padmeOracle(length: bigint): bigint {
  if (length < 2n) return length;
  const exponent = BigInt(length.toString(2).length - 1);
  const kept = BigInt(exponent.toString(2).length);
  const mask = (1n << (exponent - kept)) - 1n;
  return (length + mask) & ~mask;
}

describe('a padded length', () => {
  it('is what the Padmé formula gives', () => {
    fc.assert(
      fc.property(anyLength, (length) => {
        expect(BigInt(paddedLength(length, 'padme'))).toBe(padmeOracle(BigInt(length)));
      }),
    );
  });

  it('never shrinks, adds at most 12 %, stays within the limit, and is its own padded length', () => {
    fc.assert(
      fc.property(anyLength, (length) => {
        const padded = paddedLength(length, 'padme');
        expect(padded).toBeGreaterThanOrEqual(length);
        expect(padded).toBeLessThanOrEqual(length * 1.12);
        expect(padded).toBeLessThanOrEqual(MAX_ASSET_BYTES);
        expect(paddedLength(padded, 'padme')).toBe(padded);
      }),
    );
  });

  it('is the length itself where padding is off', () => {
    fc.assert(
      fc.property(anyLength, (length) => {
        expect(paddedLength(length, 'none')).toBe(length);
      }),
    );
  });

  it.each([
    [0, 0],
    [1, 1],
    [2, 2],
    [9, 10],
    [65_535, 65_536],
    [65_537, 67_584],
    [1_000_000, 1_015_808],
    [MAX_ASSET_BYTES, MAX_ASSET_BYTES],
  ])('of %i bytes is %i', (length, padded) => {
    expect(paddedLength(length, 'padme')).toBe(padded);
  });

  it('is refused beyond 2^40 bytes, and for what is no length', () => {
    expect(() => paddedLength(MAX_ASSET_BYTES + 1, 'none')).toThrow(
      expect.objectContaining({ code: 'unsupported-format' }),
    );
    for (const length of [-1, 0.5, Number.NaN])
      expect(() => paddedLength(length, 'none')).toThrow(RangeError);
  });
});

describe('chunks', () => {
  it('lie end to end and hold every byte once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 * CHUNK_BYTES }), (length) => {
        const count = chunkCount(length);
        let plainBytes = 0;
        let offset = 0;
        for (let index = 0; index < count; index++) {
          const range = sealedChunkRange(index, length);
          expect(range.startBytes).toBe(offset);
          expect(range.endBytes - range.startBytes).toBe(chunkPlainLength(index, length) + TAG_BYTES);
          plainBytes += chunkPlainLength(index, length);
          offset = range.endBytes;
        }
        expect(plainBytes).toBe(length);
        expect(offset).toBe(sealedLength(length));
      }),
    );
  });

  it('are one, and empty, for an empty asset', () => {
    expect([chunkCount(0), chunkPlainLength(0, 0), sealedLength(0)]).toEqual([1, 0, TAG_BYTES]);
  });

  it('end in a full one at an exact multiple', () => {
    expect(chunkCount(2 * CHUNK_BYTES)).toBe(2);
    expect(chunkPlainLength(1, 2 * CHUNK_BYTES)).toBe(CHUNK_BYTES);
    expect(sealedLength(2 * CHUNK_BYTES)).toBe(2 * SEALED_CHUNK_BYTES);
  });

  it('covering a range hold all of it and not one more', () => {
    fc.assert(
      fc.property(fc.nat(10 * CHUNK_BYTES), fc.nat(10 * CHUNK_BYTES), (a, b) => {
        const [startBytes, endBytes] = [Math.min(a, b), Math.max(a, b)];
        const { first, end } = chunksCovering({ startBytes, endBytes });
        expect(chunksCovering({ startBytes, endBytes: startBytes })).toEqual({ first, end: first });
        if (startBytes === endBytes) return;
        expect(first * CHUNK_BYTES).toBeLessThanOrEqual(startBytes);
        expect((first + 1) * CHUNK_BYTES).toBeGreaterThan(startBytes);
        expect(end * CHUNK_BYTES).toBeGreaterThanOrEqual(endBytes);
        expect((end - 1) * CHUNK_BYTES).toBeLessThan(endBytes);
      }),
    );
  });

  it('have no index below zero or past the last', () => {
    for (const index of [-1, 2, 0.5])
      expect(() => chunkPlainLength(index, CHUNK_BYTES + 1)).toThrow(RangeError);
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../core/index.ts';
import { CHUNK_BYTES, chunkCount, chunkPlainLength, paddedLength } from '../crypto/index.ts';
import { patternBytes, sameBytes, sourceOf } from '../../test/support/vault.ts';
import { plaintextChunks } from './plaintext-chunks.ts';

async function chunksOf(bytes: Uint8Array, pieceBytes: number, declared: number, padded: number) {
  const chunks: Uint8Array[] = [];
  for await (const chunk of plaintextChunks(sourceOf(bytes, pieceBytes), declared, padded)) {
    chunks.push(chunk.slice());
  }
  return chunks;
}

const lengths = fc.oneof(
  fc.integer({ min: 0, max: 5 * CHUNK_BYTES }),
  fc.integer({ min: 0, max: 5 }).map((chunks) => chunks * CHUNK_BYTES),
);

describe('plaintext chunks', () => {
  it('are the source with zeros behind it, whatever pieces it comes in', async () => {
    await fc.assert(
      fc.asyncProperty(
        lengths,
        fc.constantFrom(997, 65_536, 200_000),
        fc.constantFrom('padme', 'none'),
        async (lengthBytes, pieceBytes, padding) => {
          const source = patternBytes(lengthBytes);
          const padded = paddedLength(lengthBytes, padding);
          const chunks = await chunksOf(source, pieceBytes, lengthBytes, padded);
          expect(chunks.map(({ length }) => length)).toEqual(
            Array.from({ length: chunkCount(padded) }, (_, i) => chunkPlainLength(i, padded)),
          );
          const zeros = new Uint8Array(padded - lengthBytes);
          expect(sameBytes(concatBytes(...chunks), concatBytes(source, zeros))).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('never end well where the source is longer or shorter than it was said to be', async () => {
    await fc.assert(
      fc.asyncProperty(lengths, lengths, async (lengthBytes, declared) => {
        fc.pre(lengthBytes !== declared);
        const chunks = chunksOf(patternBytes(lengthBytes), 50_000, declared, declared);
        await expect(chunks).rejects.toMatchObject({ code: 'vault-source-changed' });
      }),
      { numRuns: 40 },
    );
  });
});

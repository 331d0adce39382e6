import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isClefError } from '../core/index.ts';
import { CELL_CHUNKS, CHUNK_BYTES, MAX_COLUMNS, SEALED_CHUNK_BYTES, sealedLength } from '../crypto/index.ts';
import { CELL_BYTES, createLayout, offsetOf } from './layout.ts';

const policies = fc
  .record({ k: fc.integer({ min: 1, max: 8 }), m: fc.integer({ min: 0, max: 4 }) })
  .filter(({ k, m }) => k + m <= MAX_COLUMNS);
const lengths = fc.oneof(
  fc.integer({ min: 0, max: 40 * CHUNK_BYTES }),
  fc.integer({ min: 0, max: 40 }).map((chunks) => chunks * CHUNK_BYTES),
);

describe('layout', () => {
  it('deals cells of four chunks to the data columns in turn', () => {
    const layout = createLayout({ k: 2, m: 1 }, 11 * CHUNK_BYTES + 5);
    const places = Array.from({ length: layout.chunkCount }, (_, chunk) => {
      const { row, column, slot } = layout.place(chunk);
      return `${row}/${column}/${slot}`;
    });
    expect(places.join(' ')).toBe('0/0/0 0/0/1 0/0/2 0/0/3 0/1/0 0/1/1 0/1/2 0/1/3 1/0/0 1/0/1 1/0/2 1/0/3');
    expect(layout.columnBytes(0)).toBe(CELL_BYTES + 3 * SEALED_CHUNK_BYTES + 5 + 16);
    expect(layout.columnBytes(1)).toBe(CELL_BYTES);
    expect(layout.columnBytes(2)).toBe(layout.columnBytes(0));
  });

  it('stores no empty column, and the parity of an asset of one cell beside it', () => {
    const layout = createLayout({ k: 4, m: 2 }, 10);
    expect(layout.storedColumns).toEqual([0, 4, 5]);
    expect(layout.columnBytes(5)).toBe(26);
    expect(layout.columnChunks(1)).toBe(0);
    expect(layout.columnBytes(1)).toBe(0);
  });

  it('gives an empty asset one chunk that is only a tag', () => {
    const layout = createLayout({ k: 1, m: 0 }, 0);
    expect(layout.chunkCount).toBe(1);
    expect(layout.place(0)).toEqual({ row: 0, column: 0, slot: 0, offsetBytes: 0, lengthBytes: 16 });
  });

  it('puts every chunk in a place of its own, without gaps, in the order of the asset', () => {
    fc.assert(
      fc.property(policies, lengths, (policy, lengthBytes) => {
        const layout = createLayout(policy, lengthBytes);
        const filled = Array.from({ length: policy.k }, () => 0);
        for (let chunk = 0; chunk < layout.chunkCount; chunk++) {
          const { row, column, slot, offsetBytes, lengthBytes: pieceBytes } = layout.place(chunk);
          expect(offsetBytes).toBe(filled[column]);
          expect(offsetBytes).toBe(offsetOf(row, slot));
          expect(layout.chunkAt(row, slot, column)).toBe(chunk);
          expect(layout.pieceBytes(row, slot, column)).toBe(pieceBytes);
          filled[column] = offsetBytes + pieceBytes;
        }
        for (let column = 0; column < policy.k; column++) {
          expect(layout.columnBytes(column)).toBe(filled[column]);
        }
        expect(filled.reduce((sum, bytes) => sum + bytes, 0)).toBe(sealedLength(lengthBytes));
      }),
      { numRuns: 200 },
    );
  });

  it('makes every parity column as long as the first column, and no row longer than its first cell', () => {
    fc.assert(
      fc.property(policies, lengths, ({ k, m }, lengthBytes) => {
        const layout = createLayout({ k, m }, lengthBytes);
        for (let column = k; column < k + m; column++) {
          expect(layout.columnBytes(column)).toBe(layout.columnBytes(0));
          expect(layout.columnChunks(column)).toBe(layout.columnChunks(0));
        }
        for (let row = 0; row < layout.rowCount; row++) {
          for (let slot = 0; slot < CELL_CHUNKS; slot++) {
            const first = layout.pieceBytes(row, slot, 0);
            for (let column = 1; column < k + m; column++) {
              expect(layout.pieceBytes(row, slot, column)).toBeLessThanOrEqual(first);
            }
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('counts the chunks of the columns to the chunks of the asset', () => {
    fc.assert(
      fc.property(policies, lengths, (policy, lengthBytes) => {
        const layout = createLayout(policy, lengthBytes);
        let chunks = 0;
        for (let column = 0; column < policy.k; column++) chunks += layout.columnChunks(column);
        expect(chunks).toBe(layout.chunkCount);
      }),
      { numRuns: 100 },
    );
  });

  it('refuses policies outside the format and chunks outside the asset', () => {
    for (const policy of [
      { k: 0, m: 1 },
      { k: 1, m: -1 },
      { k: 30, m: 3 },
      { k: 1.5, m: 0 },
    ]) {
      expect(() => createLayout(policy, 1)).toThrow(
        expect.toSatisfy((error) => isClefError(error, 'unsupported-format')),
      );
    }
    const layout = createLayout({ k: 1, m: 0 }, 1);
    expect(() => layout.place(1)).toThrow(RangeError);
    expect(() => layout.columnBytes(1)).toThrow(RangeError);
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AssetId, isClefError, type LayoutId, type LibraryId } from '../core/index.ts';
import {
  type ColumnFooter,
  columnObjectName,
  columnRegions,
  encodeFooter,
  FOOTER_BYTES,
  parseColumnObjectName,
  parseFooter,
} from './column-object.ts';

const hexIds = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => bytes.toHex());
const footers: fc.Arbitrary<ColumnFooter> = fc
  .record({
    k: fc.integer({ min: 1, max: 30 }),
    m: fc.integer({ min: 0, max: 2 }),
    cellsBytes: fc.integer({ min: 16, max: 2 ** 40 }),
    chunkCount: fc.integer({ min: 1, max: 2 ** 24 }),
    manifestBytes: fc.integer({ min: 1, max: 2 ** 21 }),
    manifestHash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    pick: fc.nat(),
  })
  .map(({ k, m, pick, manifestHash, cellsBytes, chunkCount, manifestBytes }) => ({
    cellsBytes,
    chunkCount,
    manifestBytes,
    manifestHash: new Uint8Array(manifestHash),
    policy: { k, m },
    column: pick % (k + m),
  }));

describe('column object', () => {
  it('reads back the footer that it wrote', () => {
    fc.assert(
      fc.property(footers, (footer) => {
        const bytes = encodeFooter(footer);
        expect(bytes).toHaveLength(FOOTER_BYTES);
        expect(parseFooter(bytes)).toEqual(footer);
      }),
    );
  });

  it('finds table, manifest and footer from the sizes in the footer', () => {
    expect(columnRegions({ cellsBytes: 1000, chunkCount: 2, manifestBytes: 30 })).toEqual({
      tableOffsetBytes: 1000,
      manifestOffsetBytes: 1064,
      footerOffsetBytes: 1094,
      lengthBytes: 1158,
    });
  });

  it('reads no footer out of other bytes, and never fails in another way', () => {
    fc.assert(
      fc.property(
        footers,
        fc.nat({ max: FOOTER_BYTES - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (footer, at, flip) => {
          const bytes = encodeFooter(footer);
          bytes[at] = (bytes[at] ?? 0) ^ flip;
          try {
            expect(parseFooter(bytes)).not.toEqual(footer);
          } catch (error) {
            expect(isClefError(error, 'malformed-asset') || isClefError(error, 'unsupported-format')).toBe(
              true,
            );
          }
        },
      ),
    );
    expect(() => parseFooter(new Uint8Array(10))).toThrow(/footer/);
  });

  it('names a column so that the name says what it is', () => {
    fc.assert(
      fc.property(
        hexIds,
        hexIds,
        hexIds,
        fc.integer({ min: 0, max: 31 }),
        (library, asset, layout, column) => {
          const parts = {
            libraryId: library as LibraryId,
            assetId: asset as AssetId,
            layoutId: layout as LayoutId,
          };
          const name = columnObjectName(parts, column);
          expect(name).toBe(
            `${library}/${asset.slice(0, 2)}/${asset.slice(2, 4)}/${asset}/${layout}.${column}`,
          );
          expect(parseColumnObjectName(name)).toEqual({ ...parts, column });
          for (const other of [`${name}0`, name.slice(1), `${name}.tmp`, name.replace(/\.\d+$/, '.032')]) {
            if (other !== name) expect(parseColumnObjectName(other)?.column).not.toBe(column);
          }
        },
      ),
    );
  });
});

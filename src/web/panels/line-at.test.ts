import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineAt } from './line-at.ts';

describe('the line that is sung', () => {
  it('is the last that has begun, and none before the first', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10_000)), fc.nat(12_000), (starts, positionMs) => {
        const lines = starts.toSorted((a, b) => a - b).map((startMs) => ({ startMs }));
        expect(lineAt(lines, positionMs)).toBe(lines.findLastIndex(({ startMs }) => startMs <= positionMs));
      }),
    );
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRange } from './range.ts';

const LENGTH = 1000;
const part = (startBytes: number, endBytes: number) => ({ kind: 'part', range: { startBytes, endBytes } });

describe('a Range header', () => {
  it.each([
    ['bytes=0-0', part(0, 1)],
    ['bytes=0-499', part(0, 500)],
    ['bytes=500-', part(500, 1000)],
    ['bytes=500-9999999999999999999999', part(500, 1000)],
    ['bytes=-1', part(999, 1000)],
    ['bytes=-5000', part(0, 1000)],
    ['Bytes= 1-2 ', part(1, 3)],
  ])('%s asks for a part', (header, expected) => {
    expect(parseRange(header, LENGTH)).toEqual(expected);
  });

  it.each(['bytes=1000-', 'bytes=1000-2000', 'bytes=-0', 'bytes=99999999999999999999-'])(
    '%s cannot be satisfied',
    (header) => {
      expect(parseRange(header, LENGTH)).toEqual({ kind: 'unsatisfiable' });
    },
  );

  it.each([
    undefined,
    '',
    'bytes=',
    'bytes=-',
    'bytes=5-4',
    'bytes=a-b',
    'items=0-5',
    'bytes=0-1,5-6',
    'bytes 0-5',
    'bytes=+1-2',
  ])('%s is ignored', (header) => {
    expect(parseRange(header, LENGTH)).toEqual({ kind: 'whole' });
  });

  it('of an empty file cannot be satisfied', () => {
    expect(parseRange('bytes=0-', 0)).toEqual({ kind: 'unsatisfiable' });
    expect(parseRange('bytes=-5', 0)).toEqual({ kind: 'unsatisfiable' });
  });

  it('never leads outside the file, whatever it says', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.nat(), fc.nat(), (noise, first, last, lengthBytes) => {
        for (const header of [
          noise,
          `bytes=${noise}`,
          `bytes=${first}-${last}`,
          `bytes=${first}-`,
          `bytes=-${last}`,
        ]) {
          const wanted = parseRange(header, lengthBytes);
          if (wanted.kind !== 'part') continue;
          const { startBytes, endBytes } = wanted.range;
          expect(0 <= startBytes && startBytes < endBytes && endBytes <= lengthBytes).toBe(true);
        }
      }),
    );
  });
});

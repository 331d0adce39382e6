import { expect, test } from 'vitest';
import { rangeOf } from './byte-range.ts';

test('a range is what its header asks for, as far as the file goes', () => {
  const all = { startBytes: 0, endBytes: 100 };
  expect(rangeOf(null, 100)).toEqual(all);
  expect(rangeOf('bytes=0-', 100)).toEqual(all);
  expect(rangeOf('bytes=0-1', 100)).toEqual({ startBytes: 0, endBytes: 2 });
  expect(rangeOf('bytes=99-500', 100)).toEqual({ startBytes: 99, endBytes: 100 });
  expect(rangeOf('bytes=-10', 100)).toEqual({ startBytes: 90, endBytes: 100 });
  expect(rangeOf('bytes=-500', 100)).toEqual(all);
});

test('of several ranges, or of what is none, all is sent; of one beside the file, nothing', () => {
  for (const header of ['bytes=0-1,5-6', 'bytes=-', 'lines=1-2', 'bytes=a-b']) {
    expect(rangeOf(header, 100)).toEqual({ startBytes: 0, endBytes: 100 });
  }
  for (const header of ['bytes=100-', 'bytes=100-200', 'bytes=7-5', 'bytes=-0'])
    expect(rangeOf(header, 100)).toBeUndefined();
});

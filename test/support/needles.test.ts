import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Needles } from './needles.ts';

it('finds every needle wherever it lies, and nothing that is not there', () => {
  const needle = fc.uint8Array({ minLength: 8, maxLength: 20 });
  fc.assert(
    fc.property(
      fc.array(needle, { minLength: 1, maxLength: 5 }),
      fc.uint8Array({ maxLength: 200 }),
      fc.nat(200),
      (planted, hay, at) => {
        const needles = new Needles();
        for (const one of planted) needles.add(one);
        const [first = new Uint8Array()] = planted;
        const haystack = Buffer.concat([hay.subarray(0, at), first, hay.subarray(at)]);
        const found = needles.findIn(haystack);
        expect(found.some((one) => one.equals(first))).toBe(true);
        for (const one of planted) expect(found.some((hit) => hit.equals(one))).toBe(haystack.includes(one));
      },
    ),
  );
});

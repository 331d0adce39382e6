import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isNameSegment } from '../names.ts';
import { pathOf, segmentOf } from './paths.ts';

const segments = fc
  .oneof(
    fc.stringMatching(/^[a-z0-9._-]{1,12}$/),
    fc.stringMatching(/^(con|aux|nul|prn|com1|lpt9)(\.[a-z.]{0,3})?$/),
  )
  .filter(isNameSegment);

test('every object name has a path of its own, which leads back to it', () => {
  fc.assert(
    fc.property(fc.array(segments, { minLength: 1, maxLength: 4 }), (names) => {
      expect(pathOf(names.join('/')).split('/').map(segmentOf)).toEqual(names);
    }),
  );
});

test('no path is one that Windows keeps for itself', () => {
  fc.assert(
    fc.property(segments, (name) => {
      expect(pathOf(name)).not.toMatch(/\.$|^(?:aux|con|nul|prn|com\d|lpt\d)(?:\.|$)/);
    }),
  );
});

test('what Clef did not name is not taken for its own', () => {
  for (const file of ['Thumbs.db', '~$lock', '~a~', 'a.', 'nul', '~', '.tmp-x', 'ä', 'desktop.ini~'])
    expect(segmentOf(file)).toBeUndefined();
});

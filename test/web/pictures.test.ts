import { expect, it } from 'vitest';
import { comparePictures } from '../support/pictures/index.ts';

it('pages look as they did: on a phone, a tablet and a desk, light and dark, by turns', {
  timeout: 600_000,
}, async (context) => {
  const { compared, differing } = await comparePictures(context, { isSmall: true });
  expect(compared).toBeGreaterThan(0);
  expect(differing, 'scripts/write-pictures.ts takes them again').toEqual([]);
});

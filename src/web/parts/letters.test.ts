import { expect, test } from 'vitest';
import { lettersOf } from './letters.ts';

test('each letter points to its first name, accents or not', () => {
  expect(lettersOf(['2Pac', 'Abba', 'Ärzte', 'Beatles', 'Éluvéitie'], '#')).toEqual([
    { letter: '#', index: 0 },
    { letter: 'A', index: 1 },
    { letter: 'B', index: 3 },
    { letter: 'E', index: 4 },
  ]);
});

test('other scripts have letters of their own, and an empty name has none', () => {
  expect(lettersOf(['', 'Ария', '坂本'], '#').map(({ letter }) => letter)).toEqual(['#', 'А', '坂']);
});

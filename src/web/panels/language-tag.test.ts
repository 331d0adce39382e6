import { expect, test } from 'vitest';
import { languageTag } from './language-tag.ts';

test('codes of tags become what a page calls a language', () => {
  expect(languageTag('eng')).toBe('en');
  expect(languageTag('ger')).toBe('de');
  expect(languageTag('haw')).toBe('haw');
});

test('what is no code, or says that the language is unknown, is left out', () => {
  for (const code of ['xxx', '', 'english', '???']) expect(languageTag(code)).toBeUndefined();
});

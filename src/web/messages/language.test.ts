import { expect, test } from 'vitest';
import { createFormats } from './formats.ts';
import { chooseLanguage, loadWording } from './language.ts';

test('the language is the first of the browser’s that there is, whatever its region', () => {
  expect(chooseLanguage(['fr-FR', 'de-AT', 'en-GB'])).toBe('de');
  expect(chooseLanguage(['fr', 'ja'])).toBe('en');
  expect(chooseLanguage([])).toBe('en');
});

test('a count takes the form and the figures of its language', async () => {
  const english = await loadWording('en');
  const german = await loadWording('de');
  expect(english.messages.counts.albums(1)).toBe('1 album');
  expect(english.messages.counts.albums(12_345)).toBe('12,345 albums');
  expect(german.messages.counts.albums(1)).toBe('1 Album');
  expect(german.messages.counts.albums(12_345)).toBe('12.345 Alben');
});

test('figures follow the region of the language', async () => {
  const { formats } = await loadWording('en', ['en-GB']);
  expect(formats.date(Date.UTC(2026, 1, 3, 12))).toBe('3 Feb 2026');
});

test('a clock has hours only where there are some, and never a negative time', () => {
  const { clock } = createFormats('en');
  expect(clock(0)).toBe('0:00');
  expect(clock(187_999)).toBe('3:07');
  expect(clock(3_765_000)).toBe('1:02:45');
  expect(clock(-5)).toBe('0:00');
});

test('a duration is told in the largest units that say something', () => {
  const { duration } = createFormats('en');
  expect(duration(42_000)).toBe('42 sec');
  expect(duration(48 * 60_000)).toBe('48 min');
  expect(duration(3 * 3_600_000 + 12 * 60_000)).toBe('3 hr 12 min');
  expect(duration(3_600_000)).toBe('1 hr');
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldName, parseName } from './names.ts';

describe('names', () => {
  it.each([
    ['  Ada ', 'Ada'],
    ['Ada Lovelace', 'Ada Lovelace'],
    ['Zoe\u0308', 'Zoë'],
    ['山田 太郎', '山田 太郎'],
    ['🎵', '🎵'],
    ['x'.repeat(64), 'x'.repeat(64)],
    ['🎵'.repeat(64), '🎵'.repeat(64)],
  ])('keeps %j as %j', (typed, name) => {
    expect(parseName(typed, 'user name')).toBe(name);
  });

  it.each([
    '',
    '   ',
    'x'.repeat(65),
    'a\u0000b',
    'a\nb',
    'a\u200bb',
    'a\u202eb',
    'a\u00a0b',
    'a\u2028b',
    'a\ud800b',
  ])('refuses %j', (typed) => {
    expect(() => parseName(typed, 'user name')).toThrow(expect.objectContaining({ code: 'bad-request' }));
  });

  it('folds what people take for one name', () => {
    const folded = foldName('Zoë');
    for (const same of ['zoë', 'ZOË', 'Zoe\u0308', ' ZOË ', '\uff3aoë']) expect(foldName(same)).toBe(folded);
    expect(foldName('zoe')).not.toBe(folded);
  });

  it('folds a folded name to itself', () => {
    expect(foldName(foldName('\u00a8'))).toBe(foldName('\u00a8'));
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => foldName(foldName(name)) === foldName(name)),
    );
  });
});

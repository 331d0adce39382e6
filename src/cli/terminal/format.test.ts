import { describe, expect, it } from 'vitest';
import { formatBytes, formatDuration, formatTable, plural, printable, shortPath } from './format.ts';

describe('terminal formats', () => {
  it('name bytes in the unit that people read', () => {
    expect([0, 1023, 1024, 1536, 150 * 1024, 3 * 2 ** 40].map(formatBytes)).toEqual([
      '0 B',
      '1023 B',
      '1.0 KiB',
      '1.5 KiB',
      '150 KiB',
      '3.0 TiB',
    ]);
  });

  it('name durations by their two largest units', () => {
    expect([400, 59_000, 93_000, 120_000, 3_600_000, 5_400_000, 400_000_000].map(formatDuration)).toEqual([
      '0 s',
      '59 s',
      '1 min 33 s',
      '2 min',
      '1 h',
      '1 h 30 min',
      '4 days',
    ]);
  });

  it('count in words', () => {
    expect(plural(1, 'track')).toBe('1 track');
    expect(plural(12_345, 'track')).toBe('12,345 tracks');
  });

  it('let no escape sequence or new line through', () => {
    expect(printable('a\u001b[31m\nb\u202e')).toBe('a\\u{1b}[31m\\u{a}b\\u{202e}');
    expect(printable('Sigur Rós 🎵')).toBe('Sigur Rós 🎵');
  });

  it('write paths under the home folder with ~', () => {
    expect(shortPath('/home/ada/Music', '/home/ada')).toBe('~/Music');
    expect(shortPath('/home/adams/Music', '/home/ada')).toBe('/home/adams/Music');
  });

  it('align columns', () => {
    expect(
      formatTable(
        ['name', 'role'],
        [
          ['ada', 'admin'],
          ['grüße', 'listener'],
        ],
      ),
    ).toBe('name   role\nada    admin\ngrüße  listener');
  });
});

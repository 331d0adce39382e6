import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  comparePathKeys,
  decodePathKey,
  displacedPathKey,
  encodePathKey,
  isDisplaced,
  pathForPeople,
} from './path-key.ts';

const anyBytes = fc.oneof(
  fc.uint8Array({ minLength: 0, maxLength: 300 }),
  fc.string({ unit: 'binary', maxLength: 100 }).map((text) => new TextEncoder().encode(text)),
);

describe('path keys', () => {
  test('any bytes come back as they were', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(decodePathKey(encodePathKey(bytes)).equals(Buffer.from(bytes))).toBe(true);
      }),
    );
  });

  test('are well-formed text, and text without a percent sign is its own key', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(encodePathKey(bytes).isWellFormed()).toBe(true);
      }),
    );
    const name = 'Ägypten/🎵 line\nbreak.mp3';
    expect(encodePathKey(Buffer.from(name))).toBe(name);
  });

  test('bytes that are not UTF-8 and percent signs are escaped', () => {
    expect(encodePathKey(Buffer.from('caf\xe9 100%.mp3', 'latin1'))).toBe('caf%E9 100%25.mp3');
    // An overlong slash, a lone surrogate, a cut sequence: none of them is UTF-8.
    expect(encodePathKey(Buffer.from([0xc0, 0xaf]))).toBe('%C0%AF');
    expect(encodePathKey(Buffer.from([0xed, 0xa0, 0x80]))).toBe('%ED%A0%80');
    expect(encodePathKey(Buffer.from([0x61, 0xf0, 0x9f, 0x8e]))).toBe('a%F0%9F%8E');
  });

  test('sort as their bytes do', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 20 }),
        fc.string({ unit: 'binary', maxLength: 20 }),
        (a, b) => {
          expect(Math.sign(comparePathKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
        },
      ),
    );
    expect(comparePathKeys('\u{1f3b5}', '\uff00')).toBeGreaterThan(0);
  });

  test('a displaced row has a key that no path has', () => {
    expect(isDisplaced(displacedPathKey('a/b.mp3', new Uint8Array(32)))).toBe(true);
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(isDisplaced(encodePathKey(bytes))).toBe(false);
      }),
    );
  });
});

describe('paths for people', () => {
  test('hold nothing that a terminal obeys', () => {
    expect(pathForPeople('a\u001b[31m\u0007\n\u202Eb%FF%25')).toBe('a\\u{1b}[31m\\u{7}\\n\\u{202e}b\\xff%');
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(pathForPeople(encodePathKey(bytes))).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  test('are shortened in the middle', () => {
    const shown = pathForPeople(`${'x'.repeat(1000)}.flac`);
    expect(Array.from(shown).length).toBeLessThanOrEqual(400);
    expect(shown.endsWith('.flac')).toBe(true);
  });
});

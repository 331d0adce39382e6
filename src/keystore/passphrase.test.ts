import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalPassphrase, generatePassphrase, looksMistyped, wrongPassphrase } from './passphrase.ts';
import { assertStrongPassphrase } from './passphrase-strength.ts';

describe('a generated passphrase', () => {
  it('is seven groups of four characters that handwriting cannot confuse', () => {
    expect(generatePassphrase()).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}$/);
    expect(generatePassphrase()).not.toBe(generatePassphrase());
  });

  it('is the same in small letters, without dashes, and with letters read for digits', () => {
    const passphrase = generatePassphrase();
    const misread = passphrase.replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l').toLowerCase();
    expect(canonicalPassphrase(` ${misread}\n`)).toBe(passphrase);
    expect(looksMistyped(misread)).toBe(false);
  });

  it('tells a mistyped character, in its message too', () => {
    let caught = 0;
    for (let i = 0; i < 28; i++) {
      const characters = Array.from(generatePassphrase().replaceAll('-', ''));
      characters[i] = characters[i] === '7' ? '8' : '7';
      if (looksMistyped(characters.join(''))) caught++;
    }
    // Each slips through with a chance of 1 in 4096.
    expect(caught).toBeGreaterThanOrEqual(26);
    expect(wrongPassphrase('AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA', 'the kit').message).toContain('mistyped');
  });

  it('leaves chosen passphrases as they are, but for outer space and Unicode form', () => {
    expect(canonicalPassphrase('  Velvet Otter  ')).toBe('Velvet Otter');
    expect(canonicalPassphrase('cafe\u0301')).toBe('caf\u00e9');
  });

  it('has one canonical form, whatever was typed', () => {
    fc.assert(
      fc.property(fc.string(), (typed) => {
        const canonical = canonicalPassphrase(typed);
        expect(canonicalPassphrase(canonical)).toBe(canonical);
      }),
    );
  });
});

describe('assertStrongPassphrase', () => {
  it.each(['password', 'Tr0ub4dor&3', 'qwertyuiopasdfghjkl', 'clef clef clef clef', 'a'.repeat(60), ''])(
    'refuses %j and says what would be better',
    async (weak) => {
      await expect(assertStrongPassphrase(weak)).rejects.toMatchObject({
        code: 'weak-passphrase',
        message: expect.stringContaining('unrelated words') as string,
      });
    },
  );

  it('never repeats the passphrase in its message', async () => {
    const error = await assertStrongPassphrase('hunter2hunter2').catch((caught: Error) => caught.message);
    expect(error).not.toContain('hunter2');
  });

  it('takes generated ones and several unrelated words', async () => {
    await assertStrongPassphrase(generatePassphrase());
    await assertStrongPassphrase('velvet otter piano gravel');
  });
});

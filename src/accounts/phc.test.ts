import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPhc, parsePhc } from './phc.ts';

describe('the PHC string', () => {
  it('is what other implementations write and read', () => {
    // From the Argon2 reference implementation's tests, "password" with "somesalt".
    const text = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    const parsed = parsePhc(text);
    expect(parsed).toMatchObject({ memoryKib: 65_536, passes: 2, parallelism: 1 });
    expect(new TextDecoder().decode(parsed?.salt)).toBe('somesalt');
    expect(parsed && formatPhc(parsed)).toBe(text);
  });

  it('comes back as it went in', () => {
    const bytes = (min: number, max: number) => fc.uint8Array({ minLength: min, maxLength: max });
    fc.assert(
      fc.property(
        fc.integer({ min: 512, max: 1 << 20 }),
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 1, max: 64 }),
        bytes(8, 64),
        bytes(16, 64),
        (memoryKib, passes, parallelism, salt, hash) => {
          const one = {
            memoryKib,
            passes,
            parallelism,
            salt: Uint8Array.from(salt),
            hash: Uint8Array.from(hash),
          };
          expect(parsePhc(formatPhc(one))).toEqual(one);
        },
      ),
    );
  });

  it.each([
    '',
    '$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    '$argon2id$v=16$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    '$argon2id$v=19$m=999999999,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    '$argon2id$v=19$m=65536,t=0,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMa',
    '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ',
    'plain',
  ])('is not %j', (text) => {
    expect(parsePhc(text)).toBeUndefined();
  });
});

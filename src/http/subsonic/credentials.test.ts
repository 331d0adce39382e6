import { describe, expect, it } from 'vitest';
import { presentedCredentials } from './credentials.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });

describe('what a request signs in with', () => {
  it('is a password, plain or in hexadecimal', () => {
    expect(presentedCredentials({ u: 'ann', p: 'sesame' })).toEqual({
      kind: 'password',
      user: 'ann',
      password: 'sesame',
    });
    expect(presentedCredentials({ u: 'ann', p: 'enc:73c3a9' })).toMatchObject({ password: 'sé' });
  });

  it('is the text itself where hexadecimal was announced and does not follow', () => {
    for (const p of ['enc:7', 'enc:zz', 'enc:ff']) {
      expect(presentedCredentials({ u: 'ann', p })).toMatchObject({ password: p });
    }
  });

  it('is a token with its salt', () => {
    expect(presentedCredentials({ u: 'ann', t: '26719a1196d2a940705a59634eb18eab', s: 'c19b2d' })).toEqual({
      kind: 'token',
      user: 'ann',
      token: '26719a1196d2a940705a59634eb18eab',
      salt: 'c19b2d',
    });
  });

  it('is an API key that stands alone', () => {
    expect(presentedCredentials({ apiKey: 'k' })).toEqual({ kind: 'api-key', key: 'k' });
    for (const more of [{ u: 'ann' }, { p: 'x' }, { t: 'x' }, { s: 'x' }]) {
      expect(() => presentedCredentials({ apiKey: 'k', ...more })).toThrow(code('conflicting-auth'));
    }
  });

  it('is never a password and a token at once', () => {
    expect(() => presentedCredentials({ u: 'ann', p: 'x', t: 'y', s: 'z' })).toThrow(
      code('conflicting-auth'),
    );
  });

  it.each([[{}], [{ u: 'ann' }], [{ p: 'x' }], [{ u: 'ann', t: 'x' }], [{ u: 'ann', s: 'x' }]])(
    'is not complete as %o',
    (params) => {
      expect(() => presentedCredentials(params)).toThrow(code('missing-parameter'));
    },
  );

  it('is an API key in a header, where the parameters have nothing', () => {
    expect(presentedCredentials({}, 'Bearer clef_k-_9')).toEqual({ kind: 'api-key', key: 'clef_k-_9' });
    expect(presentedCredentials({ apiKey: 'k' }, 'Bearer other')).toEqual({ kind: 'api-key', key: 'k' });
    expect(presentedCredentials({ u: 'ann', p: 'x' }, 'Bearer k')).toMatchObject({ kind: 'password' });
  });

  it('is nothing else that HTTP has for it', () => {
    for (const header of ['Basic YW5uOng=', 'Bearer ', 'Bearer two words', ''])
      expect(() => presentedCredentials({}, header)).toThrow(code('auth-mechanism-unsupported'));
    expect(presentedCredentials({ u: 'ann', p: 'x' }, 'Basic x')).toMatchObject({ kind: 'password' });
  });
});

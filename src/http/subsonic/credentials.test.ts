import { describe, expect, it } from 'vitest';
import { presentedCredentials } from './credentials.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });

describe('what a request signs in with', () => {
  it('is a password, plain or in hexadecimal', () => {
    expect(presentedCredentials({ u: 'ann', p: 'sesame' }, false)).toEqual({
      kind: 'password',
      user: 'ann',
      password: 'sesame',
    });
    expect(presentedCredentials({ u: 'ann', p: 'enc:73c3a9' }, false)).toMatchObject({ password: 'sé' });
  });

  it('is the text itself where hexadecimal was announced and does not follow', () => {
    for (const p of ['enc:7', 'enc:zz', 'enc:ff']) {
      expect(presentedCredentials({ u: 'ann', p }, false)).toMatchObject({ password: p });
    }
  });

  it('is a token with its salt', () => {
    expect(
      presentedCredentials({ u: 'ann', t: '26719a1196d2a940705a59634eb18eab', s: 'c19b2d' }, false),
    ).toEqual({
      kind: 'token',
      user: 'ann',
      token: '26719a1196d2a940705a59634eb18eab',
      salt: 'c19b2d',
    });
  });

  it('is an API key that stands alone', () => {
    expect(presentedCredentials({ apiKey: 'k' }, false)).toEqual({ kind: 'api-key', key: 'k' });
    for (const more of [{ u: 'ann' }, { p: 'x' }, { t: 'x' }, { s: 'x' }]) {
      expect(() => presentedCredentials({ apiKey: 'k', ...more }, false)).toThrow(code('conflicting-auth'));
    }
  });

  it('is never a password and a token at once', () => {
    expect(() => presentedCredentials({ u: 'ann', p: 'x', t: 'y', s: 'z' }, false)).toThrow(
      code('conflicting-auth'),
    );
  });

  it.each([[{}], [{ u: 'ann' }], [{ p: 'x' }], [{ u: 'ann', t: 'x' }], [{ u: 'ann', s: 'x' }]])(
    'is not complete as %o',
    (params) => {
      expect(() => presentedCredentials(params, false)).toThrow(code('missing-parameter'));
    },
  );

  it('is not what HTTP has for it', () => {
    expect(() => presentedCredentials({}, true)).toThrow(code('auth-mechanism-unsupported'));
    expect(presentedCredentials({ u: 'ann', p: 'x' }, true)).toMatchObject({ kind: 'password' });
  });
});

import { describe, expect, it } from 'vitest';
import { apiKeyOwner, generateApiKey, generatePassword } from './secrets.ts';

describe('generated secrets', () => {
  it('have at least 128 bits and need no shift key', () => {
    const password = generatePassword();
    expect(password).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){6}[0-9a-hjkmnp-tv-z]{4}$/);
    expect(password.replaceAll('-', '').length * 5).toBeGreaterThanOrEqual(128);
    expect(new Set(Array.from({ length: 100 }, generatePassword)).size).toBe(100);
  });

  it('name the account in an API key, and only there where the key has its form', () => {
    const key = generateApiKey(1234 * 1024 + 7);
    expect(key).toMatch(/^clef_[0-9a-z]+_[\w-]{43}$/);
    expect(apiKeyOwner(key)).toBe(1234 * 1024 + 7);
    for (const wrong of [
      '',
      'clef_',
      key.slice(1),
      `${key}x`,
      key.replace('clef_', 'clef_0'),
      'clef_zzzzzzzzzzz_',
    ]) {
      expect(apiKeyOwner(wrong)).toBeUndefined();
    }
  });
});

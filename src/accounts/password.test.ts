import { describe, expect, it } from 'vitest';
import { LOGIN_COST, PasswordHasher } from './password.ts';
import { assertPassword } from './password-rules.ts';

const CHEAP = { memoryKib: 256, passes: 1, parallelism: 1 };

describe('login passwords', () => {
  const hasher = new PasswordHasher({ cost: CHEAP });

  it('match their own hash and no other password does', async () => {
    const phc = await hasher.hash('correct horse');
    expect(phc).toMatch(/^\$argon2id\$v=19\$m=256,t=1,p=1\$/);
    expect(await hasher.verify(phc, 'correct horse')).toEqual({ matches: true, isOutdated: false });
    expect(await hasher.verify(phc, 'correct horse ')).toEqual({ matches: false });
    expect(await hasher.hash('correct horse')).not.toBe(phc);
  });

  it('match a hash of the reference implementation, which is outdated', async () => {
    const phc = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    expect(await hasher.verify(phc, 'password')).toEqual({ matches: true, isOutdated: true });
  });

  it('are the same however a keyboard composes an accent', async () => {
    const phc = await hasher.hash('caf\u00e9 au lait');
    expect(await hasher.verify(phc, 'cafe\u0301 au lait')).toMatchObject({ matches: true });
  });

  it('never match an account that does not exist', async () => {
    expect(await hasher.verify(undefined, '')).toEqual({ matches: false });
  });

  it('say that a damaged hash is the catalogue, not the person', async () => {
    await expect(hasher.verify('$argon2id$nonsense', 'x')).rejects.toMatchObject({ code: 'catalog-corrupt' });
  });

  it('cost at least what OWASP asks for', () => {
    expect(LOGIN_COST.memoryKib).toBeGreaterThanOrEqual(19_456);
    expect(LOGIN_COST.passes).toBeGreaterThanOrEqual(2);
  });

  it.each([
    ['short', 'ada'],
    ['x'.repeat(1025), 'ada'],
    ['password', 'ada'],
    ['12345678', 'ada'],
    ['qwertyuiop', 'ada'],
    ['Ada Lovelace', 'ada lovelace'],
  ])('are refused where anyone would try them first: %j', async (password, name) => {
    await expect(assertPassword(password, name)).rejects.toMatchObject({ code: 'weak-passphrase' });
  });

  it('are taken where nothing is wrong with them', async () => {
    await assertPassword('gravel-otter', 'ada');
    await assertPassword('påskeharen🐇', 'ada');
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { type Accounts, createAccounts } from './accounts.ts';
import { createMemoryAccountStore } from './memory-store.ts';
import { PasswordHasher } from './password.ts';
import type { AccountStore } from './port.ts';

const CHEAP = { memoryKib: 256, passes: 1, parallelism: 1 };
const PASSWORD = 'gravel-otter-piano';
const HOME = '192.0.2.1';

describe('accounts', () => {
  let store: AccountStore;
  let accounts: Accounts;
  let nowMs: number;
  beforeEach(() => {
    nowMs = 1_700_000_000_000;
    store = createMemoryAccountStore();
    accounts = createAccounts({ store, hasher: new PasswordHasher({ cost: CHEAP }), now: () => nowMs });
  });

  const signIn = (name: string, password: string, address = HOME) =>
    accounts.verifyLogin({ name, password, address });

  describe('at the first start', () => {
    it('are one administrator with the password that was given', async () => {
      const created = await accounts.createFirstAdmin(PASSWORD);
      expect(created).toEqual({
        account: { id: created?.account.id, name: 'admin', role: 'admin', createdAtMs: nowMs },
      });
      expect(await signIn('admin', PASSWORD)).toEqual(created?.account);
    });

    it('have a generated password where none was given, and no second administrator later', async () => {
      const created = await accounts.createFirstAdmin(undefined);
      expect(await signIn('admin', created?.generatedPassword ?? '')).toEqual(created?.account);
      expect(await accounts.createFirstAdmin(PASSWORD)).toBeUndefined();
    });

    it('refuse a password that anyone would try', async () => {
      await expect(accounts.createFirstAdmin('password')).rejects.toMatchObject({ code: 'weak-passphrase' });
      expect(await accounts.list()).toEqual([]);
    });
  });

  it('keep a name as it was typed and find it as people say it', async () => {
    const { account } = await accounts.createUser({ name: ' Zoë ', role: 'listener' }, 'machine');
    expect(account.name).toBe('Zoë');
    expect(await accounts.find('ZOE\u0308')).toEqual(account);
    await expect(accounts.createUser({ name: 'zoë', role: 'admin' }, 'machine')).rejects.toMatchObject({
      code: 'user-exists',
    });
    await expect(accounts.find('Zoe')).rejects.toMatchObject({ code: 'user-unknown' });
  });

  it('show no password hash to anyone', async () => {
    await accounts.createFirstAdmin(PASSWORD);
    const [account] = await accounts.list();
    expect(
      JSON.stringify([account, await accounts.find('admin'), await signIn('admin', PASSWORD)]),
    ).not.toContain('argon2');
  });

  it('answer alike to a wrong password and to a name that nobody has', async () => {
    await accounts.createFirstAdmin(PASSWORD);
    const wrong = await signIn('admin', 'not the password').catch((error: Error) => error);
    const unknown = await signIn('nobody', 'not the password').catch((error: Error) => error);
    expect(wrong).toMatchObject({ code: 'wrong-credentials' });
    expect(unknown).toEqual(wrong);
  });

  it('change a password, by choice or by lot', async () => {
    const { account } = await accounts.createUser(
      { name: 'Ada', password: PASSWORD, role: 'admin' },
      'machine',
    );
    expect(await accounts.setPassword(account.id, 'lunar-velvet-harp', account.id)).toEqual({});
    await expect(signIn('Ada', PASSWORD)).rejects.toMatchObject({ code: 'wrong-credentials' });
    await signIn('Ada', 'lunar-velvet-harp');
    const { generatedPassword } = await accounts.setPassword(account.id, undefined, 'machine');
    await signIn('Ada', generatedPassword ?? '');
  });

  it('refuse a disabled person who has the right password, and say why', async () => {
    await accounts.createFirstAdmin(PASSWORD);
    const { account } = await accounts.createUser(
      { name: 'Zoe', password: PASSWORD, role: 'listener' },
      'machine',
    );
    expect(await accounts.disable(account.id, 'machine')).toMatchObject({ disabledAtMs: nowMs });
    await expect(signIn('Zoe', PASSWORD)).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(signIn('Zoe', 'a wrong one')).rejects.toMatchObject({ code: 'wrong-credentials' });
    await accounts.enable(account.id, 'machine');
    await signIn('Zoe', PASSWORD);
  });

  it('keep one enabled administrator, whatever is asked', async () => {
    const created = await accounts.createFirstAdmin(PASSWORD);
    const id = created?.account.id;
    if (id === undefined) throw new Error('no first administrator');
    await expect(accounts.disable(id, 'machine')).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(accounts.setRole(id, 'listener', 'machine')).rejects.toMatchObject({ code: 'not-allowed' });
    const { account } = await accounts.createUser({ name: 'Zoe', role: 'admin' }, id);
    await accounts.disable(account.id, id);
    await expect(accounts.disable(id, 'machine')).rejects.toMatchObject({ code: 'not-allowed' });
    await accounts.enable(account.id, id);
    expect(await accounts.setRole(id, 'listener', account.id)).toMatchObject({ role: 'listener' });
  });

  it('make a hash anew at the next sign-in once it should cost more', async () => {
    const { account } = await accounts.createUser(
      { name: 'Ada', password: PASSWORD, role: 'admin' },
      'machine',
    );
    const dearer = createAccounts({
      store,
      hasher: new PasswordHasher({ cost: { ...CHEAP, passes: 2 } }),
      now: () => nowMs,
    });
    await dearer.verifyLogin({ name: 'Ada', password: PASSWORD, address: HOME });
    expect((await store.accountById(account.id))?.passwordHash).toContain('t=2');
    await dearer.verifyLogin({ name: 'Ada', password: PASSWORD, address: HOME });
  });

  it('make a guesser wait, and not for long', async () => {
    await accounts.createFirstAdmin(PASSWORD);
    for (let i = 0; i < 10; i++) {
      await expect(signIn('admin', `guess ${i}`)).rejects.toMatchObject({ code: 'wrong-credentials' });
    }
    await expect(signIn('ADMIN', PASSWORD)).rejects.toMatchObject({ code: 'too-many-attempts' });
    await signIn('admin', PASSWORD, '198.51.100.9');
    nowMs += 6_000;
    await signIn('admin', PASSWORD);
  });

  it('leave a trail of who changed what, without secrets', async () => {
    const created = await accounts.createFirstAdmin(PASSWORD);
    const admin = created?.account.id;
    if (admin === undefined) throw new Error('no first administrator');
    const { account } = await accounts.createUser({ name: 'Zoe', role: 'listener' }, admin);
    await accounts.setRole(account.id, 'admin', admin);
    await accounts.setPassword(account.id, PASSWORD, account.id);
    await accounts.disable(account.id, admin);
    await accounts.disable(account.id, admin);
    await accounts.enable(account.id, 'machine');
    const trail = await accounts.auditTrail(10);
    expect(trail.map(({ action, actor }) => [action, actor])).toEqual([
      ['account-enabled', 'machine'],
      ['account-disabled', admin],
      ['password-changed', account.id],
      ['role-changed', admin],
      ['account-created', admin],
      ['account-created', 'machine'],
    ]);
    expect(JSON.stringify(trail)).not.toMatch(/argon2|gravel/);
  });
});

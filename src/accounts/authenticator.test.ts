import { createHash } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ClefError, randomId, type LibraryId, type UserId } from '../core/index.ts';
import { createServiceKeyring, type ServiceKeyring } from '../crypto/index.ts';
import { type Accounts, createAccounts } from './accounts.ts';
import { type Authenticator, createAuthenticator, type PresentedCredentials } from './authenticator.ts';
import { createCredentials, type Credentials, MAX_CREDENTIALS } from './credentials.ts';
import { createMemoryAccountStore } from './memory-store.ts';
import { PasswordHasher } from './password.ts';
import type { Account, AccountStore, StoredAppPassword } from './port.ts';
import { createSecretBox, OpenedSecrets, type SecretBox } from './secret-box.ts';
import { USAGE_INTERVAL_MS, UsageLog } from './usage-log.ts';

const CHEAP = { memoryKib: 256, passes: 1, parallelism: 1 };
const LOGIN = 'gravel-otter-piano';
const HOME = { address: '192.0.2.1' };

describe('players', () => {
  let keyring: ServiceKeyring;
  beforeAll(() => {
    const libraryId = randomId<LibraryId>((length) => crypto.getRandomValues(new Uint8Array(length)));
    keyring = createServiceKeyring({ libraryId, recipients: [], administrators: [] });
  });

  let nowMs: number;
  let store: AccountStore;
  let usage: UsageLog;
  let opened: number;
  let unreadable: StoredAppPassword[];
  let accounts: Accounts;
  let credentials: Credentials;
  let authenticator: Authenticator;
  let ada: Account;

  beforeEach(async () => {
    nowMs = 1_700_000_000_000;
    const now = () => nowMs;
    store = createMemoryAccountStore();
    usage = new UsageLog();
    opened = 0;
    unreadable = [];
    const box = createSecretBox(() => keyring);
    const counting: SecretBox = {
      seal: (context, secret) => box.seal(context, secret),
      open: (context, sealed) => {
        opened++;
        return box.open(context, sealed);
      },
    };
    const secrets = new OpenedSecrets(counting);
    accounts = createAccounts({ store, hasher: new PasswordHasher({ cost: CHEAP }), now });
    credentials = createCredentials({ store, secrets, now });
    authenticator = createAuthenticator({
      store,
      secrets,
      usage,
      now,
      onUnreadable: (credential) => unreadable.push(credential),
    });
    ({ account: ada } = await accounts.createUser(
      { name: 'Ada', password: LOGIN, role: 'listener' },
      'machine',
    ));
  });

  const enter = (presented: PresentedCredentials, from = HOME) => authenticator.authenticate(presented, from);
  const byPassword = (password: string, user = 'Ada') => enter({ kind: 'password', user, password });
  function byToken(password: string, salt = 'c19b2d', user = 'Ada') {
    const token = createHash('md5').update(password).update(salt).digest('hex');
    return enter({ kind: 'token', user, token, salt });
  }

  describe('with an app password', () => {
    it('come in by the password and by the token, in any spelling of the name', async () => {
      const { id, username, password } = await credentials.createAppPassword(ada.id, 'phone', ada.id);
      expect(username).toBe('Ada');
      const signedIn = { account: ada, clientName: 'phone', credentialId: id };
      expect(await byPassword(password)).toEqual(signedIn);
      expect(await byToken(password)).toEqual(signedIn);
      expect(await byToken(password, 'a salt with ünïcode', 'ADA')).toEqual(signedIn);
      const token = createHash('md5').update(`${password}salt`).digest('hex').toUpperCase();
      expect(await enter({ kind: 'token', user: 'ada', token, salt: 'salt' })).toEqual(signedIn);
    });

    it('are not taken for guessers while nobody can say who they are', async () => {
      const { password } = await credentials.createAppPassword(ada.id, 'phone', ada.id);
      const credentialsOf = store.credentialsOf.bind(store);
      store.credentialsOf = async () => {
        throw new ClefError('catalog-offline', 'away');
      };
      for (let i = 0; i < 50; i++) {
        await expect(byPassword(password)).rejects.toMatchObject({ code: 'catalog-offline' });
      }
      store.credentialsOf = credentialsOf;
      expect(await byPassword(password)).toMatchObject({ clientName: 'phone' });
    });

    it('are told apart by the one they used', async () => {
      const phone = await credentials.createAppPassword(ada.id, 'phone', ada.id);
      const car = await credentials.createAppPassword(ada.id, 'car', ada.id);
      expect(await byToken(car.password)).toMatchObject({ clientName: 'car' });
      expect(await byPassword(phone.password)).toMatchObject({ clientName: 'phone' });
    });

    it('stay out with a wrong one, a token of another salt, or something that is no token', async () => {
      const { password } = await credentials.createAppPassword(ada.id, 'phone', ada.id);
      const token = createHash('md5').update(`${password}salt`).digest('hex');
      for (const refuse of [
        () => byPassword(`${password} `),
        () => byPassword(''),
        () => byPassword(password, 'Zoe'),
        () => byToken('wrong'),
        () => enter({ kind: 'token', user: 'Ada', token, salt: 'pepper' }),
        () => enter({ kind: 'token', user: 'Ada', token: token.slice(1), salt: 'salt' }),
        () => enter({ kind: 'token', user: 'Ada', token: 'z'.repeat(32), salt: 'salt' }),
        () => byPassword('x'.repeat(100_000)),
      ]) {
        await expect(refuse()).rejects.toMatchObject({ code: 'wrong-credentials' });
      }
    });

    it('stay out with the login password, by whatever way', async () => {
      await credentials.createAppPassword(ada.id, 'phone', ada.id);
      await expect(byPassword(LOGIN)).rejects.toMatchObject({ code: 'wrong-credentials' });
      await expect(byToken(LOGIN)).rejects.toMatchObject({ code: 'wrong-credentials' });
    });

    it('cannot tell a wrong password from a name that nobody has', async () => {
      await credentials.createAppPassword(ada.id, 'phone', ada.id);
      const wrong = await byPassword('wrong').catch((error: Error) => error);
      expect(await byPassword('wrong', 'nobody').catch((error: Error) => error)).toEqual(wrong);
    });

    it('are out with the next request once it is revoked, while others stay', async () => {
      const phone = await credentials.createAppPassword(ada.id, 'phone', ada.id);
      const car = await credentials.createAppPassword(ada.id, 'car', ada.id);
      await byPassword(phone.password);
      await credentials.revoke(ada.id, phone.id, ada.id);
      await expect(byPassword(phone.password)).rejects.toMatchObject({ code: 'wrong-credentials' });
      await byPassword(car.password);
    });

    it('are out with the next request once their account is disabled, by another process too', async () => {
      const { password } = await credentials.createAppPassword(ada.id, 'phone', ada.id);
      await byPassword(password);
      const audit = { atMs: nowMs, actor: 'machine', action: 'account-disabled', subject: ada.id } as const;
      await store.changeAccount(ada.id, { disabledAtMs: nowMs }, audit);
      await expect(byPassword(password)).rejects.toMatchObject({ code: 'wrong-credentials' });
      await expect(byToken(password)).rejects.toMatchObject({ code: 'wrong-credentials' });
    });

    it('have it opened once, not at every request', async () => {
      const { password } = await credentials.createAppPassword(ada.id, 'phone', ada.id);
      for (let i = 0; i < 5; i++) await byToken(password, `salt ${i}`);
      expect(opened).toBe(1);
    });

    it('are not locked out by a damaged one beside theirs, which is reported', async () => {
      const { id } = await credentials.createAppPassword(ada.id, 'moved', ada.id);
      const { password } = await credentials.createAppPassword(ada.id, 'phone', ada.id);
      const [moved] = await store.credentialsOf(ada.id);
      if (moved?.kind !== 'app-password') throw new Error('no app password');
      const audit = { atMs: nowMs, actor: 'machine', action: 'credential-created', subject: ada.id } as const;
      await store.revokeCredential(ada.id, id, audit);
      // The same sealed bytes under another id: bound to their place, they do not open there.
      const elsewhere = { ...moved, id: await store.nextCredentialId(ada.id) };
      await store.insertCredential(elsewhere, audit);
      expect(await byPassword(password)).toMatchObject({ clientName: 'phone' });
      expect(unreadable.map((credential) => credential.id)).toEqual([elsewhere.id]);
    });
  });

  describe('with an API key', () => {
    it('come in, and the store keeps only its hash', async () => {
      const { id, key } = await credentials.createApiKey(ada.id, 'script', ada.id);
      expect(key.startsWith('clef_')).toBe(true);
      expect(await enter({ kind: 'api-key', key })).toEqual({
        account: ada,
        clientName: 'script',
        credentialId: id,
      });
      const [stored] = await store.credentialsOf(ada.id);
      expect(stored).toMatchObject({ keyHash: Uint8Array.from(createHash('sha256').update(key).digest()) });
      expect(JSON.stringify(stored)).not.toContain(key);
    });

    it('are known by it until it is revoked or their account is disabled, and by nobody else’s', async () => {
      const { id } = await credentials.createApiKey(ada.id, 'script', ada.id);
      const { id: other } = await credentials.createApiKey(ada.id, 'other', ada.id);
      const { account: zoe } = await accounts.createUser({ name: 'Zoe', role: 'listener' }, 'machine');
      expect(await authenticator.holds(ada.id, id)).toBe(true);
      expect(await authenticator.holds(zoe.id, id)).toBe(false);
      await credentials.revoke(ada.id, id, ada.id);
      expect(await authenticator.holds(ada.id, id)).toBe(false);
      expect(await authenticator.holds(ada.id, other)).toBe(true);
      await accounts.disable(ada.id, 'machine');
      expect(await authenticator.holds(ada.id, other)).toBe(false);
    });

    it('stay out with a changed one, another account named in it, a revoked one and an app password', async () => {
      const { key, id } = await credentials.createApiKey(ada.id, 'script', ada.id);
      const { password } = await credentials.createAppPassword(ada.id, 'phone', ada.id);
      const { account: zoe } = await accounts.createUser({ name: 'Zoe', role: 'listener' }, 'machine');
      const changed = `${key.slice(0, -2)}${key.endsWith('AA') ? 'BB' : 'AA'}`;
      const renamed = key.replace(/^clef_[0-9a-z]+/, `clef_${zoe.id.toString(36)}`);
      for (const wrong of [changed, renamed, password, '', 'clef_', 'x'.repeat(5_000)]) {
        await expect(enter({ kind: 'api-key', key: wrong })).rejects.toMatchObject({
          code: 'invalid-api-key',
        });
      }
      await credentials.revoke(ada.id, id, ada.id);
      await expect(enter({ kind: 'api-key', key })).rejects.toMatchObject({ code: 'invalid-api-key' });
    });

    it('stay out while the account is disabled', async () => {
      const { key } = await credentials.createApiKey(ada.id, 'script', ada.id);
      await accounts.disable(ada.id, 'machine');
      await expect(enter({ kind: 'api-key', key })).rejects.toMatchObject({ code: 'invalid-api-key' });
    });

    it('cannot use it as a password, and a token is told that there are keys only', async () => {
      const { key } = await credentials.createApiKey(ada.id, 'script', ada.id);
      await expect(byPassword(key)).rejects.toMatchObject({ code: 'wrong-credentials' });
      await expect(byToken(key)).rejects.toMatchObject({ code: 'token-auth-unsupported' });
    });
  });

  it('are made to wait after many wrong attempts, but not those that were right before', async () => {
    const { password } = await credentials.createAppPassword(ada.id, 'phone', ada.id);
    const known = { address: '198.51.100.5' };
    await enter({ kind: 'password', user: 'Ada', password }, known);
    for (const from of [HOME, known]) {
      for (let i = 0; i < 10; i++) {
        const wrong = enter({ kind: 'password', user: 'Ada', password: `wrong ${i}` }, from);
        await expect(wrong).rejects.toMatchObject({ code: 'wrong-credentials' });
      }
    }
    await expect(byPassword(password)).rejects.toMatchObject({ code: 'too-many-attempts' });
    await enter({ kind: 'password', user: 'Ada', password }, known);
    nowMs += 6_000;
    await byPassword(password);
  });

  describe('their credentials', () => {
    it('are listed without secrets, with when they were used last', async () => {
      const { id, password } = await credentials.createAppPassword(ada.id, ' phone ', ada.id);
      const { id: keyId } = await credentials.createApiKey(ada.id, 'script', ada.id);
      await byPassword(password);
      expect(await usage.flush(store)).toBe(1);
      expect(await credentials.list(ada.id)).toEqual([
        { id, kind: 'app-password', clientName: 'phone', createdAtMs: nowMs, lastUsedAtMs: nowMs },
        { id: keyId, kind: 'api-key', clientName: 'script', createdAtMs: nowMs },
      ]);
    });

    it('are written to at most once an hour, and only when somebody flushes', async () => {
      const { password } = await credentials.createAppPassword(ada.id, 'phone', ada.id);
      const start = nowMs;
      await byPassword(password);
      expect(await credentials.list(ada.id)).not.toMatchObject([
        { lastUsedAtMs: expect.anything() as number },
      ]);
      expect(await usage.flush(store)).toBe(1);
      nowMs += USAGE_INTERVAL_MS - 1;
      await byPassword(password);
      expect(await usage.flush(store)).toBe(0);
      nowMs += 1;
      await byPassword(password);
      expect(await usage.flush(store)).toBe(1);
      expect(await usage.flush(store)).toBe(0);
      expect(await credentials.list(ada.id)).toMatchObject([{ lastUsedAtMs: start + USAGE_INTERVAL_MS }]);
    });

    it('are at most so many an account, and belong to one that exists', async () => {
      for (let i = 0; i < MAX_CREDENTIALS; i++) await credentials.createApiKey(ada.id, `script ${i}`, ada.id);
      const more = credentials.createAppPassword(ada.id, 'one more', ada.id);
      await expect(more).rejects.toMatchObject({ code: 'not-allowed' });
      const nobody = credentials.createApiKey(99 as UserId, 'script', 'machine');
      await expect(nobody).rejects.toMatchObject({ code: 'not-found' });
    });

    it('are revoked once, by their own account only', async () => {
      const { id } = await credentials.createApiKey(ada.id, 'script', ada.id);
      const { account: zoe } = await accounts.createUser({ name: 'Zoe', role: 'listener' }, 'machine');
      await expect(credentials.revoke(zoe.id, id, zoe.id)).rejects.toMatchObject({ code: 'not-found' });
      await credentials.revoke(ada.id, id, ada.id);
      await expect(credentials.revoke(ada.id, id, ada.id)).rejects.toMatchObject({ code: 'not-found' });
    });

    it('leave a trail that names the client and no secret', async () => {
      const { id, password } = await credentials.createAppPassword(ada.id, 'phone', ada.id);
      await credentials.revoke(ada.id, id, 'machine');
      const trail = await accounts.auditTrail(2);
      expect(trail).toEqual([
        { atMs: nowMs, actor: 'machine', action: 'credential-revoked', subject: ada.id, detail: 'phone' },
        {
          atMs: nowMs,
          actor: ada.id,
          action: 'credential-created',
          subject: ada.id,
          detail: 'app password for phone',
        },
      ]);
      expect(JSON.stringify(trail)).not.toContain(password);
    });
  });
});

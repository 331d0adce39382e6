import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  AccountStore,
  AuditRecord,
  NewAccount,
  StoredApiKey,
  StoredAppPassword,
} from '../../src/accounts/index.ts';
import type { UserId } from '../../src/core/index.ts';
import { describeDeviceStore } from './device-store.ts';
import { describeSessionStore } from './session-store.ts';

export interface AccountStoreFixture extends AsyncDisposable {
  readonly store: AccountStore;
}

const AT_MS = 1_700_000_000_000;

/** What every AccountStore does, by whatever it keeps its rows in. */
export function describeAccountStore(name: string, open: () => Promise<AccountStoreFixture>): void {
  describe(`${name} as an account store`, () => {
    let fixture: AccountStoreFixture;
    let store: AccountStore;
    beforeEach(async () => {
      fixture = await open();
      store = fixture.store;
    });
    afterEach(() => fixture[Symbol.asyncDispose]());

    const newAccount = (typed: string, more: Partial<NewAccount> = {}): NewAccount => ({
      name: typed,
      foldedName: typed.toLowerCase(),
      role: 'listener',
      passwordHash: '$argon2id$hash',
      createdAtMs: AT_MS,
      ...more,
    });
    const insert = (typed: string, more: Partial<NewAccount> = {}) =>
      store.insertAccount(newAccount(typed, more), {
        atMs: AT_MS,
        actor: 'machine',
        action: 'account-created',
        detail: 'listener',
      });
    const audit = (subject: UserId, more: Partial<AuditRecord> = {}): AuditRecord => ({
      atMs: AT_MS,
      actor: 'machine',
      action: 'role-changed',
      subject,
      ...more,
    });
    async function addAppPassword(userId: UserId, more: Partial<StoredAppPassword> = {}) {
      const credential: StoredAppPassword = {
        id: await store.nextCredentialId(userId),
        userId,
        kind: 'app-password',
        clientName: 'phone',
        createdAtMs: AT_MS,
        sealedSecret: Uint8Array.of(0, 1, 2, 255),
        ...more,
      };
      await store.insertCredential(credential, audit(userId, { action: 'credential-created' }));
      return credential;
    }
    async function addApiKey(userId: UserId): Promise<StoredApiKey> {
      const credential: StoredApiKey = {
        id: await store.nextCredentialId(userId),
        userId,
        kind: 'api-key',
        clientName: 'script',
        createdAtMs: AT_MS + 1,
        keyHash: new Uint8Array(32).fill(7),
      };
      await store.insertCredential(credential, audit(userId, { action: 'credential-created' }));
      return credential;
    }

    it('finds an account by its folded name and by its id', async () => {
      const account = await insert('Ada');
      expect(account).toEqual({ id: account.id, name: 'Ada', role: 'listener', createdAtMs: AT_MS });
      const stored = { ...account, passwordHash: '$argon2id$hash' };
      expect(await store.accountByName('ada')).toEqual(stored);
      expect(await store.accountById(account.id)).toEqual(stored);
    });

    it('knows nothing of names and ids that were never given', async () => {
      expect(await store.accountByName('nobody')).toBeUndefined();
      expect(await store.accountById(123_456 as UserId)).toBeUndefined();
      expect(await store.credentialsOf(123_456 as UserId)).toEqual([]);
    });

    it('refuses a second account of one folded name, and leaves no trace of it', async () => {
      await insert('Ada');
      await expect(insert('ADA')).rejects.toMatchObject({ code: 'user-exists' });
      expect(await store.accounts()).toHaveLength(1);
      expect(await store.auditTrail(10)).toHaveLength(1);
    });

    it('makes one account of two that are inserted at the same time', async () => {
      const outcomes = await Promise.allSettled([insert('Ada'), insert('ada')]);
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    });

    it('lists accounts by folded name', async () => {
      for (const typed of ['zoe', 'Ada', 'mia']) await insert(typed);
      expect((await store.accounts()).map(({ name }) => name)).toEqual(['Ada', 'mia', 'zoe']);
    });

    it('changes what is named and nothing else', async () => {
      const { id } = await insert('Ada');
      await insert('Zoe', { role: 'admin' });
      await store.changeAccount(id, { role: 'admin' }, audit(id));
      await store.changeAccount(id, { disabledAtMs: AT_MS + 5 }, audit(id));
      const changed = await store.changeAccount(id, { passwordHash: '$argon2id$new' }, audit(id));
      expect(changed).toEqual({
        id,
        name: 'Ada',
        role: 'admin',
        createdAtMs: AT_MS,
        disabledAtMs: AT_MS + 5,
      });
      expect(await store.accountById(id)).toEqual({ ...changed, passwordHash: '$argon2id$new' });
      const enabled = await store.changeAccount(id, { disabledAtMs: undefined }, audit(id));
      expect(enabled).not.toHaveProperty('disabledAtMs');
      expect(await store.accountById(id)).toMatchObject({ role: 'admin', passwordHash: '$argon2id$new' });
    });

    it('refuses to change an account that is not there, and writes nothing to the trail', async () => {
      const id = 123_456 as UserId;
      await expect(store.changeAccount(id, { role: 'admin' }, audit(id))).rejects.toMatchObject({
        code: 'not-found',
      });
      expect(await store.auditTrail(10)).toEqual([]);
    });

    it('keeps one enabled administrator, even of two that change at the same time', async () => {
      const ada = await insert('Ada', { role: 'admin' });
      const disabled = { disabledAtMs: AT_MS + 1 };
      const alone = store.changeAccount(ada.id, disabled, audit(ada.id));
      await expect(alone).rejects.toMatchObject({ code: 'not-allowed' });
      await expect(store.changeAccount(ada.id, { role: 'listener' }, audit(ada.id))).rejects.toMatchObject({
        code: 'not-allowed',
      });
      await store.changeAccount(ada.id, { passwordHash: 'new' }, audit(ada.id));
      const zoe = await insert('Zoe', { role: 'admin' });
      const outcomes = await Promise.allSettled([
        store.changeAccount(ada.id, disabled, audit(ada.id)),
        store.changeAccount(zoe.id, disabled, audit(zoe.id)),
      ]);
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const admins = (await store.accounts()).filter(({ disabledAtMs }) => disabledAtMs === undefined);
      expect(admins).toHaveLength(1);
    });

    it('exchanges a password hash only for the one that is current', async () => {
      const { id } = await insert('Ada');
      expect(await store.exchangePasswordHash(id, 'another', 'new')).toBe(false);
      expect(await store.exchangePasswordHash(id, '$argon2id$hash', 'new')).toBe(true);
      expect(await store.accountById(id)).toMatchObject({ passwordHash: 'new' });
      expect(await store.exchangePasswordHash(5 as UserId, 'new', 'newer')).toBe(false);
      expect(await store.auditTrail(10)).toHaveLength(1);
    });

    it('gives back credentials as they were put in, oldest first, each to its own account', async () => {
      const ada = await insert('Ada');
      const zoe = await insert('Zoe');
      const key = await addApiKey(ada.id);
      const password = await addAppPassword(ada.id);
      const other = await addAppPassword(zoe.id);
      expect(await store.credentialsOf(ada.id)).toEqual([password, key]);
      expect(await store.credentialsOf(zoe.id)).toEqual([other]);
    });

    it('never gives a credential id twice', async () => {
      const { id } = await insert('Ada');
      const first = await addAppPassword(id);
      await store.revokeCredential(id, first.id, audit(id));
      const ids = new Set([first.id]);
      for (let i = 0; i < 40; i++) ids.add(await store.nextCredentialId(id));
      expect(ids.size).toBe(41);
    });

    it('refuses a credential for an account that is not there', async () => {
      await expect(addAppPassword(123_456 as UserId)).rejects.toMatchObject({ code: 'not-found' });
      expect(await store.auditTrail(10)).toEqual([]);
    });

    it('forgets a credential once it is revoked, and only by its owner', async () => {
      const ada = await insert('Ada');
      const zoe = await insert('Zoe');
      const { id } = await addAppPassword(ada.id);
      const trail = (await store.auditTrail(10)).length;
      expect(await store.revokeCredential(zoe.id, id, audit(zoe.id))).toBe(false);
      expect(await store.auditTrail(10)).toHaveLength(trail);
      expect(await store.revokeCredential(ada.id, id, audit(ada.id))).toBe(true);
      expect(await store.revokeCredential(ada.id, id, audit(ada.id))).toBe(false);
      expect(await store.credentialsOf(ada.id)).toEqual([]);
      expect(await store.auditTrail(10)).toHaveLength(trail + 1);
    });

    it('tells of accounts whose credentials were revoked', async () => {
      const { id: userId } = await insert('Ada');
      const told: UserId[] = [];
      store.onChange((user) => told.push(user));
      const { id } = await addApiKey(userId);
      expect(told).toEqual([]);
      await store.revokeCredential(userId, id, audit(userId));
      await store.revokeCredential(userId, id, audit(userId));
      expect(told).toEqual([userId]);
    });

    it('notes the last use, never back in time, and not of what is gone', async () => {
      const { id: userId } = await insert('Ada');
      const { id } = await addAppPassword(userId);
      await store.recordUses([{ userId, id, lastUsedAtMs: AT_MS + 10 }]);
      await store.recordUses([{ userId, id, lastUsedAtMs: AT_MS + 3 }]);
      expect(await store.credentialsOf(userId)).toMatchObject([{ id, lastUsedAtMs: AT_MS + 10 }]);
      await store.revokeCredential(userId, id, audit(userId));
      await store.recordUses([{ userId, id, lastUsedAtMs: AT_MS + 20 }]);
      await store.recordUses([]);
      expect(await store.credentialsOf(userId)).toEqual([]);
    });

    it('keeps the trail of changes, newest first, within the limit', async () => {
      const { id } = await insert('Ada');
      await store.changeAccount(id, { role: 'listener' }, audit(id, { atMs: AT_MS + 1, detail: 'admin' }));
      await addAppPassword(id);
      await store.changeAccount(
        id,
        { disabledAtMs: AT_MS + 2 },
        audit(id, { atMs: AT_MS + 2, actor: id, action: 'account-disabled' }),
      );
      expect(await store.auditTrail(10)).toEqual([
        { atMs: AT_MS + 2, actor: id, action: 'account-disabled', subject: id },
        { atMs: AT_MS, actor: 'machine', action: 'credential-created', subject: id },
        { atMs: AT_MS + 1, actor: 'machine', action: 'role-changed', subject: id, detail: 'admin' },
        { atMs: AT_MS, actor: 'machine', action: 'account-created', subject: id, detail: 'listener' },
      ]);
      expect(await store.auditTrail(2)).toHaveLength(2);
    });
  });

  describeSessionStore(name, open);
  describeDeviceStore(name, open);
}

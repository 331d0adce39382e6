import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccountStore, StoredSession } from '../../src/accounts/index.ts';
import type { UserId } from '../../src/core/index.ts';
import type { AccountStoreFixture } from './account-store.ts';

const AT_MS = 1_700_000_000_000;

/** What every account store does with sessions. */
export function describeSessionStore(name: string, open: () => Promise<AccountStoreFixture>): void {
  describe(`${name} as a session store`, () => {
    let fixture: AccountStoreFixture;
    let store: AccountStore;
    let ada: UserId;
    beforeEach(async () => {
      fixture = await open();
      store = fixture.store;
      ada = await insert('ada');
    });
    afterEach(() => fixture[Symbol.asyncDispose]());

    async function insert(foldedName: string): Promise<UserId> {
      const account = { name: foldedName, foldedName, role: 'listener', passwordHash: 'h' } as const;
      const audit = { atMs: AT_MS, actor: 'machine', action: 'account-created' } as const;
      return (await store.insertAccount({ ...account, createdAtMs: AT_MS }, audit)).id;
    }
    const sessionOf = (userId: UserId, number: number): StoredSession => ({
      userId,
      tokenHash: new Uint8Array(32).fill(number),
      createdAtMs: AT_MS + number,
      passwordAtMs: AT_MS + number,
      expiresAtMs: AT_MS + 1_000,
    });
    async function begin(userId: UserId, number: number): Promise<StoredSession> {
      const session = sessionOf(userId, number);
      await store.insertSession(session, 3);
      return session;
    }
    const audit = { atMs: AT_MS, actor: 'machine', action: 'password-changed' } as const;

    it('gives a session back as it was put in, and none that was never there', async () => {
      expect(await store.session(sessionOf(ada, 1))).toBeUndefined();
      const session = await begin(ada, 1);
      expect(await store.session(session)).toEqual(session);
      expect(await store.session({ ...session, userId: await insert('zoe') })).toBeUndefined();
    });

    it('refuses a session of an account that is not there', async () => {
      await expect(begin(123_456 as UserId, 1)).rejects.toMatchObject({ code: 'not-found' });
    });

    it('ends the oldest of an account beyond the bound, and none of another', async () => {
      const zoe = await insert('zoe');
      const other = await begin(zoe, 0);
      const all: StoredSession[] = [];
      for (const number of [1, 2, 3, 4]) all.push(await begin(ada, number));
      const found = await Promise.all(all.map((session) => store.session(session)));
      expect(found.map((session) => session?.createdAtMs)).toEqual([
        undefined,
        AT_MS + 2,
        AT_MS + 3,
        AT_MS + 4,
      ]);
      expect(await store.session(other)).toEqual(other);
    });

    it('changes what is named, and nothing of one that has ended', async () => {
      const session = await begin(ada, 1);
      expect(await store.session(session)).toEqual(session);
      expect(await store.changeSession(session, { passwordAtMs: AT_MS + 7 })).toBe(true);
      expect(await store.changeSession(session, { expiresAtMs: AT_MS + 9_000 })).toBe(true);
      const changed = { ...session, passwordAtMs: AT_MS + 7, expiresAtMs: AT_MS + 9_000 };
      expect(await store.session(session)).toEqual(changed);
      expect(await store.endSession(session)).toBe(true);
      expect(await store.endSession(session)).toBe(false);
      expect(await store.changeSession(session, { expiresAtMs: AT_MS })).toBe(false);
      expect(await store.session(session)).toBeUndefined();
    });

    it('ends all but the kept session with the password, and all where the account is disabled', async () => {
      const [first, second] = [await begin(ada, 1), await begin(ada, 2)];
      await store.session(first);
      const subject = { ...audit, subject: ada };
      await store.changeAccount(ada, { passwordHash: 'new', keptSession: second.tokenHash }, subject);
      expect(await store.session(first)).toBeUndefined();
      expect(await store.session(second)).toEqual(second);
      await store.changeAccount(ada, { role: 'listener' }, subject);
      expect(await store.session(second)).toEqual(second);
      await store.changeAccount(ada, { disabledAtMs: AT_MS }, subject);
      expect(await store.session(second)).toBeUndefined();
    });

    it('tells of accounts whose sessions may have ended', async () => {
      const told: UserId[] = [];
      const stop = store.onChange((user) => told.push(user));
      const session = await begin(ada, 1);
      expect(told).toEqual([]);
      await store.endSession(session);
      await store.changeAccount(ada, { passwordHash: 'new' }, { ...audit, subject: ada });
      expect(told).toEqual([ada, ada]);
      stop();
      await store.changeAccount(ada, { passwordHash: 'newer' }, { ...audit, subject: ada });
      expect(told).toHaveLength(2);
    });
  });
}

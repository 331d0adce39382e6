import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccountStore, StoredDevice } from '../../src/accounts/index.ts';
import type { UserId } from '../../src/core/index.ts';
import type { AccountStoreFixture } from './account-store.ts';

const AT_MS = 1_700_000_000_000;

/** What every account store does with devices. */
export function describeDeviceStore(name: string, open: () => Promise<AccountStoreFixture>): void {
  describe(`${name} as a device store`, () => {
    let fixture: AccountStoreFixture;
    let store: AccountStore;
    let ada: UserId;
    let zoe: UserId;
    beforeEach(async () => {
      fixture = await open();
      store = fixture.store;
      ada = await insert('ada');
      zoe = await insert('zoe');
    });
    afterEach(() => fixture[Symbol.asyncDispose]());

    async function insert(foldedName: string): Promise<UserId> {
      const account = { name: foldedName, foldedName, role: 'listener', passwordHash: 'h' } as const;
      const audit = { atMs: AT_MS, actor: 'machine', action: 'account-created' } as const;
      return (await store.insertAccount({ ...account, createdAtMs: AT_MS }, audit)).id;
    }
    const deviceOf = (userId: UserId, id: string, number: number): StoredDevice => ({
      userId,
      id,
      name: `device ${number}`,
      publicKey: { kty: 'EC', crv: 'P-256', x: 'x', y: `${number}` },
      createdAtMs: AT_MS + number,
    });
    const audit = (subject: UserId) =>
      ({ atMs: AT_MS, actor: subject, action: 'device-added', subject }) as const;
    const add = (device: StoredDevice) => store.insertDevice(device, 2, audit(device.userId));

    it('gives devices back as they were put in, oldest first, each to its own account', async () => {
      const [older, newer] = [deviceOf(ada, 'b', 1), deviceOf(ada, 'a', 2)];
      const other = deviceOf(zoe, 'b', 3);
      for (const device of [newer, older, other]) expect(await add(device)).toBe(true);
      expect(await store.devicesOf(ada)).toEqual([older, newer]);
      expect(await store.devicesOf(zoe)).toEqual([other]);
      expect(await store.devicesOf(123_456 as UserId)).toEqual([]);
    });

    it('leaves one that is there as it is', async () => {
      const device = deviceOf(ada, 'a', 1);
      await add(device);
      const trail = (await store.auditTrail(10)).length;
      expect(await add({ ...device, name: 'other' })).toBe(false);
      expect(await store.devicesOf(ada)).toEqual([device]);
      expect(await store.auditTrail(10)).toHaveLength(trail);
    });

    it('refuses more than the bound, and one for an account that is not there', async () => {
      for (const [number, id] of ['a', 'b'].entries()) await add(deviceOf(ada, id, number));
      await expect(add(deviceOf(ada, 'c', 3))).rejects.toMatchObject({ code: 'not-allowed' });
      await expect(add(deviceOf(123_456 as UserId, 'a', 1))).rejects.toMatchObject({ code: 'not-found' });
      expect(await store.devicesOf(ada)).toHaveLength(2);
    });

    it('forgets a revoked one for good, and only by its owner', async () => {
      const device = deviceOf(ada, 'a', 1);
      await add(device);
      expect(await store.devicesOf(ada)).toEqual([device]);
      expect(await store.revokeDevice(zoe, 'a', audit(zoe))).toBe(false);
      expect(await store.revokeDevice(ada, 'a', audit(ada))).toBe(true);
      expect(await store.revokeDevice(ada, 'a', audit(ada))).toBe(false);
      expect(await store.devicesOf(ada)).toEqual([]);
      await expect(add(device)).rejects.toMatchObject({ code: 'not-allowed' });
    });

    it('notes the last use, never back in time, and not of what is gone', async () => {
      await add(deviceOf(ada, 'a', 1));
      for (const lastUsedAtMs of [AT_MS + 9, AT_MS + 4]) {
        await store.recordDeviceUses([{ userId: ada, id: 'a', lastUsedAtMs }]);
      }
      expect(await store.devicesOf(ada)).toMatchObject([{ lastUsedAtMs: AT_MS + 9 }]);
      await store.revokeDevice(ada, 'a', audit(ada));
      await store.recordDeviceUses([{ userId: ada, id: 'a', lastUsedAtMs: AT_MS + 20 }]);
      expect(await store.devicesOf(ada)).toEqual([]);
    });

    it('tells of accounts whose devices changed', async () => {
      const told: UserId[] = [];
      store.onChange((user) => told.push(user));
      await add(deviceOf(ada, 'a', 1));
      await store.revokeDevice(ada, 'a', audit(ada));
      expect(told).toEqual([ada, ada]);
    });
  });
}

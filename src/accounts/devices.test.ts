import { describe, expect, it } from 'vitest';
import { createDevices } from './devices.ts';
import { createMemoryAccountStore } from './memory-store.ts';

describe('devices', () => {
  it('are noted as used at most once an hour, and written down when somebody says so', async () => {
    const clock = { nowMs: 1_700_000_000_000 };
    const store = createMemoryAccountStore();
    const devices = createDevices({ store, now: () => clock.nowMs });
    const { id: user } = await store.insertAccount(
      { name: 'Ada', foldedName: 'ada', role: 'listener', passwordHash: 'h', createdAtMs: 1 },
      { atMs: 1, actor: 'machine', action: 'account-created' },
    );
    const curve = { name: 'ECDH', namedCurve: 'P-256' };
    const { publicKey } = await crypto.subtle.generateKey(curve, true, ['deriveBits']);
    const { x = '', y = '' } = await crypto.subtle.exportKey('jwk', publicKey);
    const key = { kty: 'EC', crv: 'P-256', x, y } as const;
    const { device } = await devices.add(user, { name: 'Phone', publicKey: key }, user);
    const used = async () => (await devices.find(user, device.id))?.lastUsedAtMs;

    devices.noteUse(user, device);
    expect(await used()).toBeUndefined();
    await devices.flushUses();
    const firstMs = clock.nowMs;
    expect(await used()).toBe(firstMs);

    clock.nowMs += 3_599_999;
    devices.noteUse(user, { id: device.id, lastUsedAtMs: firstMs });
    await devices.flushUses();
    expect(await used()).toBe(firstMs);

    clock.nowMs += 1;
    devices.noteUse(user, { id: device.id, lastUsedAtMs: firstMs });
    await devices.flushUses();
    expect(await used()).toBe(clock.nowMs);
  });
});

import {
  type CatalogTransaction,
  type Database,
  type DeviceRow,
  type NewRow,
  prepared,
} from '../../catalog/sql/index.ts';
import { bucketOf, ClefError, type UserId } from '../../core/index.ts';
import {
  type DevicePublicKey,
  type DeviceStore,
  REVOKED_DEVICE,
  type StoredDevice,
  tooManyDevicesMessage,
} from '../device-port.ts';
import type { AuditRecord } from '../audit.ts';

import { SignInRows } from './sign-in-rows.ts';

const devicesInForce = prepared<{ vb: number; user_id: number }, DeviceRow>((db, param) =>
  db
    .selectFrom('device')
    .selectAll()
    .where('vb', '=', param('vb'))
    .where('user_id', '=', param('user_id'))
    .where('revoked_at_ms', 'is', null)
    .orderBy('created_at_ms')
    .orderBy('thumbprint'),
);

const deviceByKey = prepared<Pick<DeviceRow, 'vb' | 'user_id' | 'thumbprint'>, DeviceRow>((db, param) =>
  db
    .selectFrom('device')
    .selectAll()
    .where('vb', '=', param('vb'))
    .where('user_id', '=', param('user_id'))
    .where('thumbprint', '=', param('thumbprint')),
);

export interface SqlDevicesOptions {
  readonly database: Database;
  readonly monotonicMs: () => number;
  /** `not-found` on an unknown account. */
  readonly assertAccount: (tx: CatalogTransaction, user: UserId) => Promise<unknown>;
  readonly writeAudit: (tx: CatalogTransaction, record: AuditRecord) => Promise<void>;
  readonly changed: (user: UserId) => void;
}

export function createSqlDevices(options: SqlDevicesOptions): DeviceStore {
  const { database, monotonicMs, assertAccount, writeAudit, changed } = options;
  const rows = new SignInRows({
    database,
    monotonicMs,
    bucketOf,
    async read(user: UserId) {
      const found = await database.all(devicesInForce, { vb: bucketOf(user), user_id: user });
      return Object.freeze(found.map(deviceOf));
    },
  });

  return {
    insertDevice: (device, atMost, audit) =>
      database.transact(async (tx) => {
        await assertAccount(tx, device.userId);
        const known = await tx.first(deviceByKey, keyOf(device.userId, device.id));
        if (known && known.revoked_at_ms !== null) throw new ClefError('not-allowed', REVOKED_DEVICE);
        if (known) return false;
        const others = await tx.all(devicesInForce, {
          vb: bucketOf(device.userId),
          user_id: device.userId,
        });
        if (others.length >= atMost) throw new ClefError('not-allowed', tooManyDevicesMessage(atMost));
        await tx.put('device', rowOf(device));
        await writeAudit(tx, audit);
        tx.afterCommit(() => changed(device.userId));
        return true;
      }),

    devicesOf: async (user) => (await rows.get(user)) ?? [],

    revokeDevice: (user, id, audit) =>
      database.transact(async (tx) => {
        const row = await tx.first(deviceByKey, keyOf(user, id));
        if (row === undefined || row.revoked_at_ms !== null) return false;
        await tx.put('device', { ...row, revoked_at_ms: audit.atMs });
        await writeAudit(tx, audit);
        tx.afterCommit(() => changed(user));
        return true;
      }),

    recordDeviceUses: (uses) =>
      database.transact(async (tx) => {
        for (const { userId, id, lastUsedAtMs } of uses) {
          const row = await tx.first(deviceByKey, keyOf(userId, id));
          if (row === undefined || row.revoked_at_ms !== null) continue;
          if ((row.last_used_at_ms ?? 0) >= lastUsedAtMs) continue;
          await tx.put('device', { ...row, last_used_at_ms: lastUsedAtMs });
        }
      }),
  };
}

function keyOf(user: UserId, id: string): Pick<DeviceRow, 'vb' | 'user_id' | 'thumbprint'> {
  return { vb: bucketOf(user), user_id: user, thumbprint: id };
}

function deviceOf(row: DeviceRow): StoredDevice {
  return {
    userId: row.user_id as UserId,
    id: row.thumbprint,
    name: row.name,
    // Written by `rowOf` only.
    publicKey: JSON.parse(row.public_key) as DevicePublicKey,
    createdAtMs: row.created_at_ms,
    ...(row.last_used_at_ms === null ? {} : { lastUsedAtMs: row.last_used_at_ms }),
  };
}

function rowOf(device: StoredDevice): NewRow<'device'> {
  return {
    ...keyOf(device.userId, device.id),
    name: device.name,
    public_key: JSON.stringify(device.publicKey),
    created_at_ms: device.createdAtMs,
    last_used_at_ms: device.lastUsedAtMs ?? null,
    revoked_at_ms: null,
  };
}

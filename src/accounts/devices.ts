import { LRUCache } from 'lru-cache';
import { ClefError, isClefError, type UserId } from '../core/index.ts';
import { createRecipient } from '../crypto/index.ts';
import type { Actor } from './accounts.ts';
import type { DevicePublicKey, DeviceUse, StoredDevice } from './device-port.ts';
import { parseName } from './names.ts';
import type { AccountStore } from './port.ts';
import { USAGE_INTERVAL_MS } from './usage-log.ts';

/** Browsers that were tried once are devices too; beyond, one must be revoked first. */
const MAX_DEVICES = 64;
const FINGERPRINT_GROUPS = 8;
const GROUP_DIGITS = 5;
/** Devices in use of which nothing was written down yet; beyond, the longest unseen is forgotten. */
const MAX_REMEMBERED = 10_000;

/** A device as its owner may see it. */
export interface DeviceView extends Omit<StoredDevice, 'userId'> {
  /** Eight groups of five digits, for two people to compare. */
  readonly fingerprint: string;
}

/** What listeners' keys are sealed to. Who may add one is decided by the caller. */
export interface Devices {
  /** The same key again answers what is there. `bad-request` on a key or name that cannot be one; `not-allowed`. */
  add(user: UserId, device: NewDevice, by: Actor): Promise<AddedDevice>;
  /** Oldest first. */
  list(user: UserId): Promise<readonly DeviceView[]>;
  /** Undefined where the account has none of this id in force. Costs no query while nothing changes. */
  find(user: UserId, id: string): Promise<DeviceView | undefined>;
  /** Remembers that a device was used now, until someone writes it down. */
  noteUse(user: UserId, device: Pick<DeviceView, 'id' | 'lastUsedAtMs'>): void;
  /** Writes down which were used, at most once an hour for each. */
  flushUses(): Promise<void>;
  /** From the next request on it gets no key. `not-found`. */
  revoke(user: UserId, id: string, by: Actor): Promise<void>;
}

interface NewDevice {
  readonly name: string;
  readonly publicKey: DevicePublicKey;
}

interface AddedDevice {
  readonly device: DeviceView;
  readonly isNew: boolean;
}

export interface DevicesOptions {
  readonly store: AccountStore;
  readonly now: () => number;
}

export function createDevices({ store, now }: DevicesOptions): Devices {
  const uses = new LRUCache<string, DeviceUse>({ max: MAX_REMEMBERED });

  async function find(user: UserId, id: string): Promise<DeviceView | undefined> {
    const device = (await store.devicesOf(user)).find((candidate) => candidate.id === id);
    return device && viewOf(device);
  }

  return {
    async add(user, { name: typed, publicKey }, by) {
      const name = parseName(typed, 'device name');
      const id = await thumbprintOf(publicKey);
      const device: StoredDevice = { userId: user, id, name, publicKey, createdAtMs: now() };
      const record = {
        atMs: device.createdAtMs,
        actor: by,
        action: 'device-added',
        subject: user,
        detail: name,
      } as const;
      const isNew = await store.insertDevice(device, MAX_DEVICES, record);
      return { device: (isNew ? undefined : await find(user, id)) ?? viewOf(device), isNew };
    },

    list: async (user) => (await store.devicesOf(user)).map(viewOf),

    find,

    noteUse(user, { id, lastUsedAtMs }) {
      const nowMs = now();
      if (nowMs - (lastUsedAtMs ?? 0) < USAGE_INTERVAL_MS) return;
      uses.set(`${user} ${id}`, { userId: user, id, lastUsedAtMs: nowMs });
    },

    async flushUses() {
      const due = [...uses.values()];
      if (due.length === 0) return;
      uses.clear();
      await store.recordDeviceUses(due);
    },

    async revoke(user, id, by) {
      const device = await find(user, id);
      const record = {
        atMs: now(),
        actor: by,
        action: 'device-revoked',
        subject: user,
        detail: device?.name ?? '',
      } as const;
      if (device === undefined || !(await store.revokeDevice(user, id, record))) {
        throw new ClefError('not-found', 'the account has no such device');
      }
    },
  };
}

/** Refuses what is no point of the curve. */
async function thumbprintOf(publicKey: DevicePublicKey): Promise<string> {
  try {
    const { thumbprint } = await createRecipient('user', publicKey);
    await crypto.subtle.importKey('jwk', publicKey, { name: 'ECDH', namedCurve: 'P-256' }, false, []);
    return thumbprint;
  } catch (cause) {
    if (cause instanceof DOMException || isClefError(cause, 'keyring-rejected')) {
      throw new ClefError('bad-request', 'the public key is none of EC P-256', { cause });
    }
    throw cause;
  }
}

function viewOf({ id, name, publicKey, createdAtMs, lastUsedAtMs }: StoredDevice): DeviceView {
  const view = { id, name, publicKey, createdAtMs, fingerprint: fingerprintOf(id) };
  return lastUsedAtMs === undefined ? view : { ...view, lastUsedAtMs };
}

/** The thumbprint's 256 bits, 32 to a group; five digits of each make 2^132 together. */
function fingerprintOf(thumbprint: string): string {
  const bytes = Buffer.from(thumbprint, 'base64url');
  return Array.from({ length: FINGERPRINT_GROUPS }, (_, group) =>
    String(bytes.readUInt32BE(group * 4) % 10 ** GROUP_DIGITS).padStart(GROUP_DIGITS, '0'),
  ).join(' ');
}

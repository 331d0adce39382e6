import { type Bytes, bucketOf, ClefError, catalogId, toHex, type UserId } from '../core/index.ts';
import { REVOKED_DEVICE, type StoredDevice, tooManyDevicesMessage } from './device-port.ts';
import type { AuditRecord } from './audit.ts';
import {
  type AccountStore,
  type CredentialId,
  isEnabledAdmin,
  lastAdminError,
  publicAccount,
  type StoredAccount,
  type StoredCredential,
} from './port.ts';
import type { SessionKey, StoredSession } from './session-port.ts';

/** The whole contract in memory: for tests, and for a server that keeps nothing. */
export function createMemoryAccountStore(): AccountStore {
  const accounts = new Map<UserId, { readonly foldedName: string; readonly account: StoredAccount }>();
  const credentials = new Map<CredentialId, StoredCredential>();
  const trail: AuditRecord[] = [];
  const sessions = new Map<string, StoredSession>();
  const devices = new Map<string, StoredDevice>();
  const revokedDevices = new Set<string>();
  const listeners = new Set<(user: UserId) => void>();
  let lastCredentialSeq = 0;

  function changed(user: UserId): void {
    for (const listener of listeners) queueMicrotask(() => listener(user));
  }

  function endSessions(user: UserId, kept: Bytes | undefined): void {
    for (const [name, session] of sessions) {
      const isKept = kept !== undefined && name === sessionName({ userId: user, tokenHash: kept });
      if (session.userId === user && !isKept) sessions.delete(name);
    }
  }

  function devicesOf(user: UserId): readonly StoredDevice[] {
    return [...devices.values()]
      .filter(({ userId }) => userId === user)
      .sort((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1));
  }

  function existing(id: UserId): { readonly foldedName: string; readonly account: StoredAccount } {
    const found = accounts.get(id);
    if (found === undefined) throw new ClefError('not-found', 'no account has this id');
    return found;
  }

  return {
    async insertAccount({ foldedName, ...account }, audit) {
      if ([...accounts.values()].some((other) => other.foldedName === foldedName)) {
        throw new ClefError('user-exists', `a user named ${JSON.stringify(account.name)} exists already`);
      }
      const id = catalogId<UserId>(accounts.size + 1, 0);
      accounts.set(id, { foldedName, account: { id, ...account } });
      trail.push({ ...audit, subject: id });
      return publicAccount({ id, ...account });
    },

    async accountByName(foldedName) {
      return [...accounts.values()].find((one) => one.foldedName === foldedName)?.account;
    },

    async accountById(id) {
      return accounts.get(id)?.account;
    },

    async accounts() {
      return [...accounts.values()]
        .sort((a, b) => (a.foldedName < b.foldedName ? -1 : 1))
        .map(({ account }) => account);
    },

    async changeAccount(id, change, audit) {
      const { foldedName, account } = existing(id);
      const { disabledAtMs, ...kept } = account;
      const disabled = 'disabledAtMs' in change ? change.disabledAtMs : disabledAtMs;
      const changedAccount: StoredAccount = {
        ...kept,
        role: change.role ?? account.role,
        passwordHash: change.passwordHash ?? account.passwordHash,
        ...(disabled === undefined ? {} : { disabledAtMs: disabled }),
      };
      const admins = [...accounts.values()].filter((one) => isEnabledAdmin(one.account));
      if (isEnabledAdmin(account) && !isEnabledAdmin(changedAccount) && admins.length === 1)
        throw lastAdminError();
      accounts.set(id, { foldedName, account: changedAccount });
      if (change.passwordHash !== undefined || 'disabledAtMs' in change) endSessions(id, change.keptSession);
      trail.push(audit);
      changed(id);
      return publicAccount(changedAccount);
    },

    async exchangePasswordHash(id, from, to) {
      const found = accounts.get(id);
      if (found?.account.passwordHash !== from) return false;
      accounts.set(id, { ...found, account: { ...found.account, passwordHash: to } });
      return true;
    },

    async nextCredentialId(user) {
      return catalogId<CredentialId>(++lastCredentialSeq, bucketOf(user));
    },

    async insertCredential(credential, audit) {
      existing(credential.userId);
      credentials.set(credential.id, credential);
      trail.push(audit);
    },

    async credentialsOf(user) {
      return [...credentials.values()]
        .filter(({ userId }) => userId === user)
        .sort((a, b) => a.createdAtMs - b.createdAtMs || a.id - b.id);
    },

    async revokeCredential(user, id, audit) {
      if (credentials.get(id)?.userId !== user) return false;
      credentials.delete(id);
      trail.push(audit);
      changed(user);
      return true;
    },

    async recordUses(uses) {
      for (const { id, userId, lastUsedAtMs } of uses) {
        const credential = credentials.get(id);
        if (credential?.userId !== userId || (credential.lastUsedAtMs ?? 0) >= lastUsedAtMs) continue;
        credentials.set(id, { ...credential, lastUsedAtMs });
      }
    },

    async auditTrail(limit) {
      return trail.slice(-limit).toReversed();
    },

    async insertSession(session, atMost) {
      existing(session.userId);
      sessions.set(sessionName(session), session);
      const own = [...sessions.values()].filter(({ userId }) => userId === session.userId);
      const surplus = own.sort((a, b) => b.createdAtMs - a.createdAtMs).slice(atMost);
      for (const one of surplus) sessions.delete(sessionName(one));
      if (surplus.length > 0) changed(session.userId);
    },

    async session(key) {
      return sessions.get(sessionName(key));
    },

    async changeSession(key, change) {
      const session = sessions.get(sessionName(key));
      if (session === undefined) return false;
      sessions.set(sessionName(key), { ...session, ...change });
      return true;
    },

    async endSession(key) {
      if (!sessions.delete(sessionName(key))) return false;
      changed(key.userId);
      return true;
    },

    async insertDevice(device, atMost, audit) {
      existing(device.userId);
      const name = deviceName(device.userId, device.id);
      if (revokedDevices.has(name)) throw new ClefError('not-allowed', REVOKED_DEVICE);
      if (devices.has(name)) return false;
      if (devicesOf(device.userId).length >= atMost) {
        throw new ClefError('not-allowed', tooManyDevicesMessage(atMost));
      }
      devices.set(name, device);
      trail.push(audit);
      changed(device.userId);
      return true;
    },

    async devicesOf(user) {
      return devicesOf(user);
    },

    async revokeDevice(user, id, audit) {
      const name = deviceName(user, id);
      if (!devices.delete(name)) return false;
      revokedDevices.add(name);
      trail.push(audit);
      changed(user);
      return true;
    },

    async recordDeviceUses(uses) {
      for (const { id, userId, lastUsedAtMs } of uses) {
        const device = devices.get(deviceName(userId, id));
        if (device === undefined || (device.lastUsedAtMs ?? 0) >= lastUsedAtMs) continue;
        devices.set(deviceName(userId, id), { ...device, lastUsedAtMs });
      }
    },

    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function sessionName({ userId, tokenHash }: SessionKey): string {
  return `${userId} ${toHex(tokenHash)}`;
}

function deviceName(user: UserId, id: string): string {
  return `${user} ${id}`;
}

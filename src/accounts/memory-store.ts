import { bucketOf, ClefError, catalogId, type UserId } from '../core/index.ts';
import {
  type AccountStore,
  type AuditRecord,
  type CredentialId,
  isEnabledAdmin,
  lastAdminError,
  publicAccount,
  type StoredAccount,
  type StoredCredential,
} from './port.ts';

/** The whole contract in memory: for tests, and for a server that keeps nothing. */
export function createMemoryAccountStore(): AccountStore {
  const accounts = new Map<UserId, { readonly foldedName: string; readonly account: StoredAccount }>();
  const credentials = new Map<CredentialId, StoredCredential>();
  const trail: AuditRecord[] = [];
  let lastCredentialSeq = 0;

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
      const changed: StoredAccount = {
        ...kept,
        role: change.role ?? account.role,
        passwordHash: change.passwordHash ?? account.passwordHash,
        ...(disabled === undefined ? {} : { disabledAtMs: disabled }),
      };
      const admins = [...accounts.values()].filter((one) => isEnabledAdmin(one.account));
      if (isEnabledAdmin(account) && !isEnabledAdmin(changed) && admins.length === 1) throw lastAdminError();
      accounts.set(id, { foldedName, account: changed });
      trail.push(audit);
      return publicAccount(changed);
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
  };
}

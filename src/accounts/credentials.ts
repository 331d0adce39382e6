import { createHash } from 'node:crypto';
import { ClefError, type UserId } from '../core/index.ts';
import type { Actor } from './accounts.ts';
import { parseName } from './names.ts';
import type { AuditAction, AuditRecord } from './audit.ts';
import type { Account, AccountStore, CredentialId, StoredCredential } from './port.ts';
import type { OpenedSecrets } from './secret-box.ts';
import { generateApiKey, generatePassword } from './secrets.ts';

/** Every sign-in looks at all of an account's credentials. */
export const MAX_CREDENTIALS = 64;

/** A credential as its owner may see it. */
export interface CredentialView {
  readonly id: CredentialId;
  readonly kind: StoredCredential['kind'];
  readonly clientName: string;
  readonly createdAtMs: number;
  readonly lastUsedAtMs?: number;
}

interface NewAppPassword {
  readonly id: CredentialId;
  readonly username: string;
  /** Shown once; afterwards only the service keyring opens it. */
  readonly password: string;
}

interface NewApiKey {
  readonly id: CredentialId;
  readonly username: string;
  /** Shown once; only its SHA-256 is kept. */
  readonly key: string;
}

/** What players sign in with: one secret a player, each revocable by itself. */
export interface Credentials {
  createAppPassword(user: UserId, clientName: string, by: Actor): Promise<NewAppPassword>;
  createApiKey(user: UserId, clientName: string, by: Actor): Promise<NewApiKey>;
  /** Oldest first. */
  list(user: UserId): Promise<readonly CredentialView[]>;
  /** From the next request on it opens nothing. `not-found` where the account has no such credential. */
  revoke(user: UserId, id: CredentialId, by: Actor): Promise<void>;
}

export interface CredentialsOptions {
  readonly store: AccountStore;
  readonly secrets: OpenedSecrets;
  readonly now: () => number;
}

export function createCredentials({ store, secrets, now }: CredentialsOptions): Credentials {
  async function prepare(user: UserId, typedClientName: string) {
    const clientName = parseName(typedClientName, 'client name');
    const account = await store.accountById(user);
    if (account === undefined) throw new ClefError('not-found', 'no account has this id');
    if ((await store.credentialsOf(user)).length >= MAX_CREDENTIALS) {
      const message = `an account has at most ${MAX_CREDENTIALS} app passwords and API keys; revoke one first`;
      throw new ClefError('not-allowed', message);
    }
    const head = { id: await store.nextCredentialId(user), userId: user, clientName, createdAtMs: now() };
    return { account: account satisfies Account, head };
  }

  function audit(action: AuditAction, subject: UserId, actor: Actor, detail: string): AuditRecord {
    return { atMs: now(), actor, action, subject, detail };
  }

  return {
    async createAppPassword(user, clientName, by) {
      const { account, head } = await prepare(user, clientName);
      const password = generatePassword();
      const context = { purpose: 'app-password', userId: user, credentialId: head.id } as const;
      const sealedSecret = await secrets.seal(context, password);
      const record = audit('credential-created', user, by, `app password for ${head.clientName}`);
      await store.insertCredential({ ...head, kind: 'app-password', sealedSecret }, record);
      return { id: head.id, username: account.name, password };
    },

    async createApiKey(user, clientName, by) {
      const { account, head } = await prepare(user, clientName);
      const key = generateApiKey(user);
      const keyHash = Uint8Array.from(createHash('sha256').update(key).digest());
      const record = audit('credential-created', user, by, `API key for ${head.clientName}`);
      await store.insertCredential({ ...head, kind: 'api-key', keyHash }, record);
      return { id: head.id, username: account.name, key };
    },

    async list(user) {
      return (await store.credentialsOf(user)).map(viewOf);
    },

    async revoke(user, id, by) {
      const credential = (await store.credentialsOf(user)).find((candidate) => candidate.id === id);
      const record = audit('credential-revoked', user, by, credential?.clientName ?? '');
      if (credential === undefined || !(await store.revokeCredential(user, id, record))) {
        throw new ClefError('not-found', 'the account has no such app password or API key');
      }
      secrets.forget(id);
    },
  };
}

function viewOf({ id, kind, clientName, createdAtMs, lastUsedAtMs }: StoredCredential): CredentialView {
  return { id, kind, clientName, createdAtMs, ...(lastUsedAtMs === undefined ? {} : { lastUsedAtMs }) };
}

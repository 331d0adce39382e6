import { type Bytes, ClefError, type UserId } from '../core/index.ts';
import { AttemptLimiter } from './attempt-limiter.ts';
import { foldName, parseName } from './names.ts';
import type { PasswordHasher } from './password.ts';
import { assertPassword } from './password-rules.ts';
import type { AuditAction, AuditRecord } from './audit.ts';
import { type Account, type AccountStore, publicAccount, type Role, type StoredAccount } from './port.ts';
import { generatePassword } from './secrets.ts';

const FIRST_ADMIN_NAME = 'admin';

/** Who asks for a change: an account, or someone at the server's own command line. */
export type Actor = AuditRecord['actor'];

interface NewUser {
  readonly name: string;
  /** Generated where absent. */
  readonly password?: string;
  readonly role: Role;
}

interface CreatedUser {
  readonly account: Account;
  /** Present where Clef chose it; shown once, kept nowhere. */
  readonly generatedPassword?: string;
}

export interface SignIn {
  readonly name: string;
  readonly password: string;
  readonly address: string;
  readonly signal?: AbortSignal;
}

/** People and their login passwords. Every change leaves an audit record; the last enabled administrator stays. */
export interface Accounts {
  /** `user-exists`, `bad-request` (name) or `weak-passphrase`. */
  createUser(user: NewUser, by: Actor): Promise<CreatedUser>;
  /** The first administrator, where there is no account at all; undefined otherwise. */
  createFirstAdmin(password: string | undefined): Promise<CreatedUser | undefined>;
  list(): Promise<readonly Account[]>;
  /** `not-found`. */
  get(user: UserId): Promise<Account>;
  /** By name, in any spelling that people take for the same; `user-unknown`. */
  find(name: string): Promise<Account>;
  /** Returns the password where it was generated. Ends the account's sessions but the kept one, named by its token hash. */
  setPassword(
    user: UserId,
    password: string | undefined,
    by: Actor,
    keptSession?: Bytes,
  ): Promise<{ generatedPassword?: string }>;
  setRole(user: UserId, role: Role, by: Actor): Promise<Account>;
  disable(user: UserId, by: Actor): Promise<Account>;
  enable(user: UserId, by: Actor): Promise<Account>;
  /**
   * A login password, for the web and never for `/rest`. `wrong-credentials`, `too-many-attempts`, or, where the
   * password is right, `not-allowed` for a disabled account.
   */
  verifyLogin(signIn: SignIn): Promise<Account>;
  /** Newest first. */
  auditTrail(limit: number): Promise<readonly AuditRecord[]>;
}

export interface AccountsOptions {
  readonly store: AccountStore;
  readonly hasher: PasswordHasher;
  readonly now: () => number;
}

export function createAccounts({ store, hasher, now }: AccountsOptions): Accounts {
  const limiter = new AttemptLimiter({ now, secrets: 'chosen' });

  async function load(user: UserId): Promise<StoredAccount> {
    const account = await store.accountById(user);
    if (account === undefined) throw new ClefError('not-found', 'no account has this id');
    return account;
  }

  function audit(action: AuditAction, subject: UserId, actor: Actor, detail?: string): AuditRecord {
    return { atMs: now(), actor, action, subject, ...(detail === undefined ? {} : { detail }) };
  }

  async function createUser({ name: typed, password, role }: NewUser, by: Actor): Promise<CreatedUser> {
    const name = parseName(typed, 'user name');
    if (password !== undefined) await assertPassword(password, name);
    const chosen = password ?? generatePassword();
    const createdAtMs = now();
    const account = await store.insertAccount(
      { name, foldedName: foldName(name), role, passwordHash: await hasher.hash(chosen), createdAtMs },
      { atMs: createdAtMs, actor: by, action: 'account-created', detail: role },
    );
    return { account, ...(password === undefined ? { generatedPassword: chosen } : {}) };
  }

  return {
    createUser,

    async createFirstAdmin(password) {
      if ((await store.accounts()).length > 0) return undefined;
      const user = { name: FIRST_ADMIN_NAME, role: 'admin' as const };
      return createUser(password === undefined ? user : { ...user, password }, 'machine');
    },

    async list() {
      return (await store.accounts()).map(publicAccount);
    },

    get: async (user) => publicAccount(await load(user)),

    async find(name) {
      const account = await store.accountByName(foldName(name));
      if (account === undefined)
        throw new ClefError('user-unknown', `no user is named ${JSON.stringify(name)}`);
      return publicAccount(account);
    },

    async setPassword(user, password, by, keptSession) {
      const { name } = await load(user);
      if (password !== undefined) await assertPassword(password, name);
      const chosen = password ?? generatePassword();
      const passwordHash = await hasher.hash(chosen);
      const change = { passwordHash, ...(keptSession && { keptSession }) };
      await store.changeAccount(user, change, audit('password-changed', user, by));
      return password === undefined ? { generatedPassword: chosen } : {};
    },

    async setRole(user, role, by) {
      const account = await load(user);
      if (account.role === role) return publicAccount(account);
      return store.changeAccount(user, { role }, audit('role-changed', user, by, role));
    },

    async disable(user, by) {
      const account = await load(user);
      if (account.disabledAtMs !== undefined) return publicAccount(account);
      return store.changeAccount(user, { disabledAtMs: now() }, audit('account-disabled', user, by));
    },

    async enable(user, by) {
      const account = await load(user);
      if (account.disabledAtMs === undefined) return publicAccount(account);
      return store.changeAccount(user, { disabledAtMs: undefined }, audit('account-enabled', user, by));
    },

    async verifyLogin({ name, password, address, signal }) {
      const foldedName = foldName(name);
      using attempt = await limiter.begin(address, foldedName, signal);
      const account = await store.accountByName(foldedName).catch((error: unknown) => {
        attempt.undecided();
        throw error;
      });
      const verdict = await hasher.verify(account?.passwordHash, password, signal).catch((error: unknown) => {
        // It was turned away before anyone looked at it.
        if (error instanceof ClefError && error.code === 'too-many-attempts') attempt.undecided();
        throw error;
      });
      if (account === undefined || !verdict.matches) {
        throw new ClefError('wrong-credentials', 'wrong user name or password');
      }
      attempt.succeeded();
      if (account.disabledAtMs !== undefined) throw new ClefError('not-allowed', 'this account is disabled');
      if (verdict.isOutdated) {
        await store.exchangePasswordHash(account.id, account.passwordHash, await hasher.hash(password));
      }
      return publicAccount(account);
    },

    auditTrail: (limit) => store.auditTrail(limit),
  };
}

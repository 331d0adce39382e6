import { type Bytes, ClefError, type UserId } from '../core/index.ts';
import type { AuditRecord } from './audit.ts';
import type { DeviceStore } from './device-port.ts';
import type { SessionStore } from './session-port.ts';

export type Role = 'admin' | 'listener';

export interface Account {
  readonly id: UserId;
  readonly name: string;
  readonly role: Role;
  readonly createdAtMs: number;
  /** A disabled account keeps everything and may do nothing. */
  readonly disabledAtMs?: number;
}

export interface StoredAccount extends Account {
  /** Argon2id in the PHC string format. */
  readonly passwordHash: string;
}

/** Without what only a sign-in needs. */
export function publicAccount({ id, name, role, createdAtMs, disabledAtMs }: Account): Account {
  return { id, name, role, createdAtMs, ...(disabledAtMs === undefined ? {} : { disabledAtMs }) };
}

/** Someone who can undo what other administrators did. */
export function isEnabledAdmin({ role, disabledAtMs }: Account): boolean {
  return role === 'admin' && disabledAtMs === undefined;
}

/** What a store says to a change that would leave no such account. */
export function lastAdminError(): ClefError {
  return new ClefError('not-allowed', 'the last enabled administrator stays one; make another first');
}

export interface NewAccount {
  readonly name: string;
  /** `foldName(name)`: unique over all accounts. */
  readonly foldedName: string;
  readonly role: Role;
  readonly passwordHash: string;
  readonly createdAtMs: number;
}

/** A catalogue id, in its account's bucket. */
export type CredentialId = number & { readonly __credentialId: never };

interface CredentialHead {
  readonly id: CredentialId;
  readonly userId: UserId;
  /** What the person called the player that it is for. */
  readonly clientName: string;
  readonly createdAtMs: number;
  /** Coarse: written at most once an hour, and lost with the process. */
  readonly lastUsedAtMs?: number;
}

/** Sealed under the service keyring, since `md5(password + salt)` needs the password itself. */
export interface StoredAppPassword extends CredentialHead {
  readonly kind: 'app-password';
  readonly sealedSecret: Bytes;
}

/** Only its SHA-256 is kept: an API key is presented whole. */
export interface StoredApiKey extends CredentialHead {
  readonly kind: 'api-key';
  readonly keyHash: Bytes;
}

export type StoredCredential = StoredAppPassword | StoredApiKey;

/** The subject is the account that the change makes. */
type NewAccountAudit = Omit<AuditRecord, 'subject'>;

/**
 * `disabledAtMs: undefined`, when given, enables. Absent fields stay. A new password, and whatever `disabledAtMs`
 * is given, ends the account's sessions.
 */
interface AccountChange {
  readonly role?: Role;
  readonly passwordHash?: string;
  readonly disabledAtMs?: number | undefined;
  /** Token hash of the session that goes on all the same. */
  readonly keptSession?: Bytes;
}

export interface CredentialUse {
  readonly userId: UserId;
  readonly id: CredentialId;
  readonly lastUsedAtMs: number;
}

/**
 * Accounts, what they sign in with, and their audit trail. Every change is one transaction with its audit record: both are there
 * or neither. Reads see every change that was finished before they began: a disabled account
 * or a revoked credential is gone at the next read, so callers need no cache of rows and keep none. What signs
 * somebody in (accounts, credentials, sessions, devices by their keys) is answered while the database is away too, for 15 minutes after
 * it last was there; anything else rejects with `catalog-offline`.
 */
export interface AccountStore extends SessionStore, DeviceStore {
  /** `user-exists` where the folded name is taken. */
  insertAccount(account: NewAccount, audit: NewAccountAudit): Promise<Account>;
  accountByName(foldedName: string): Promise<StoredAccount | undefined>;
  accountById(id: UserId): Promise<StoredAccount | undefined>;
  /** All, by folded name. */
  accounts(): Promise<readonly StoredAccount[]>;
  /**
   * `not-found` on an unknown account; `not-allowed` where no enabled administrator would be left, judged in the
   * transaction, so that two cannot disable each other.
   */
  changeAccount(id: UserId, change: AccountChange, audit: AuditRecord): Promise<Account>;
  /** After a sign-in showed that the hash is of an older strength. False, and no change, where `from` is not current. */
  exchangePasswordHash(id: UserId, from: string, to: string): Promise<boolean>;

  /** Never given twice; known before the credential is stored, since its secret is sealed to it. */
  nextCredentialId(user: UserId): Promise<CredentialId>;
  /** `not-found` on an unknown account. */
  insertCredential(credential: StoredCredential, audit: AuditRecord): Promise<void>;
  /** Those in force, oldest first. */
  credentialsOf(user: UserId): Promise<readonly StoredCredential[]>;
  /** Erases its secret for good. False where none is in force, and then nothing is written to the trail. */
  revokeCredential(user: UserId, id: CredentialId, audit: AuditRecord): Promise<boolean>;
  /** Never lowers a time; unknown credentials are passed over. */
  recordUses(uses: readonly CredentialUse[]): Promise<void>;

  /** Newest first. */
  auditTrail(limit: number): Promise<readonly AuditRecord[]>;

  /**
   * Calls back after each commit that changed the account, ended a session of it, revoked a credential, or changed its
   * devices; returns the unsubscriber.
   */
  onChange(listener: (user: UserId) => void): () => void;
}

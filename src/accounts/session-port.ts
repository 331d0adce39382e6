import type { Bytes, UserId } from '../core/index.ts';

/** A browser that is signed in. */
export interface StoredSession {
  readonly userId: UserId;
  /** SHA-256 of the token, which is kept nowhere. */
  readonly tokenHash: Bytes;
  readonly createdAtMs: number;
  /** When the login password was last given. */
  readonly passwordAtMs: number;
  readonly expiresAtMs: number;
}

/** Names a session. */
export type SessionKey = Pick<StoredSession, 'userId' | 'tokenHash'>;

/**
 * Sessions of browsers. They are no part of the library log: after a recovery everybody signs in again. As with
 * accounts, a read sees every change that was finished before it began.
 */
export interface SessionStore {
  /** Ends the account's oldest where there would be more than `atMost`. `not-found` on an unknown account. */
  insertSession(session: StoredSession, atMost: number): Promise<void>;
  /** Also one that has expired. */
  session(key: SessionKey): Promise<StoredSession | undefined>;
  /** False, and no change, where it has ended. */
  changeSession(
    key: SessionKey,
    change: Partial<Pick<StoredSession, 'passwordAtMs' | 'expiresAtMs'>>,
  ): Promise<boolean>;
  /** False where it has ended already. */
  endSession(key: SessionKey): Promise<boolean>;
}

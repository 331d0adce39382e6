import { createHash, randomBytes } from 'node:crypto';
import { type Bytes, ClefError, isClefError, type UserId } from '../core/index.ts';
import type { Accounts, SignIn } from './accounts.ts';
import { type Account, type AccountStore, publicAccount } from './port.ts';
import type { SessionKey, StoredSession } from './session-port.ts';

/** A session that is not used for so long is over. */
const SESSION_LIFE_MS = 30 * 86_400_000;
/** How coarse the sliding is: a request writes nothing, but for one a day. */
const EXTEND_AFTER_MS = 86_400_000;
/** After the password was given. */
export const FRESH_MS = 300_000;
/** Beyond, the oldest ends. */
const MAX_SESSIONS = 32;
const TOKEN_BYTES = 32;
const TOKEN = /^(?<user>[0-9a-z]{1,11})\.[A-Za-z0-9_-]{43}$/;

/** A session that may act now. */
export interface LiveSession extends SessionKey {
  readonly account: Account;
  readonly freshUntilMs: number;
  readonly expiresAtMs: number;
  /** Its end was moved just now: the browser wants to know. */
  readonly isExtended: boolean;
}

interface PasswordAgain {
  readonly password: string;
  readonly address: string;
  readonly signal?: AbortSignal;
}

/** Browsers that are signed in, each by a token of which only the SHA-256 is kept. */
export interface Sessions {
  /** Fails as `Accounts.verifyLogin` does. The token is answered once. */
  signIn(signIn: SignIn): Promise<{ readonly token: string; readonly session: LiveSession }>;
  /** Undefined for what is no token, has ended, or belongs to a disabled account. */
  resolve(token: string): Promise<LiveSession | undefined>;
  /** Whether a session lasts, of an account that is enabled. */
  holds(session: SessionKey): Promise<boolean>;
  /** `wrong-credentials` and the like; makes the session fresh. */
  confirmPassword(session: LiveSession, again: PasswordAgain): Promise<LiveSession>;
  /** `password-needed` where the password was given too long ago. */
  assertFresh(session: LiveSession): void;
  /** Ends the account's other sessions. `wrong-credentials`, `weak-passphrase`. */
  changePassword(session: LiveSession, next: string, current: PasswordAgain): Promise<void>;
  end(session: SessionKey): Promise<void>;
  /** The session as it is now; undefined where `resolve` would have none. Moves no end. */
  refresh(session: SessionKey): Promise<LiveSession | undefined>;
  /** Calls back where sessions or credentials of the account may have ended, or its devices changed; returns the unsubscriber. */
  onChange(listener: (user: UserId) => void): () => void;
}

export interface SessionsOptions {
  readonly store: AccountStore;
  readonly accounts: Pick<Accounts, 'verifyLogin' | 'setPassword'>;
  readonly now: () => number;
}

export function createSessions({ store, accounts, now }: SessionsOptions): Sessions {
  async function refresh(key: SessionKey): Promise<LiveSession | undefined> {
    const stored = await store.session(key);
    if (stored === undefined || stored.expiresAtMs <= now()) return undefined;
    const account = await store.accountById(stored.userId);
    return account === undefined || account.disabledAtMs !== undefined
      ? undefined
      : live(stored, account, false);
  }

  return {
    refresh,

    onChange: (listener) => store.onChange(listener),

    async signIn(signIn) {
      const account = await accounts.verifyLogin(signIn);
      const token = newToken(account.id);
      const nowMs = now();
      const stored: StoredSession = {
        userId: account.id,
        tokenHash: hashOf(token),
        createdAtMs: nowMs,
        passwordAtMs: nowMs,
        expiresAtMs: nowMs + SESSION_LIFE_MS,
      };
      await store.insertSession(stored, MAX_SESSIONS);
      return { token, session: live(stored, account, true) };
    },

    async resolve(token) {
      const key = keyOf(token);
      const session = key && (await refresh(key));
      if (session === undefined) return undefined;
      const expiresAtMs = now() + SESSION_LIFE_MS;
      if (expiresAtMs - session.expiresAtMs < EXTEND_AFTER_MS) return session;
      try {
        if (!(await store.changeSession(session, { expiresAtMs }))) return undefined;
      } catch (error) {
        // It lasts for a while yet, and is extended another time.
        if (isClefError(error, 'catalog-offline')) return session;
        throw error;
      }
      return { ...session, expiresAtMs, isExtended: true };
    },

    async holds(key) {
      const [stored, account] = await Promise.all([store.session(key), store.accountById(key.userId)]);
      const isEnabled = account !== undefined && account.disabledAtMs === undefined;
      return isEnabled && stored !== undefined && stored.expiresAtMs > now();
    },

    async confirmPassword(session, { password, address, signal }) {
      const { name } = session.account;
      await accounts.verifyLogin({ name, password, address, ...(signal && { signal }) });
      const passwordAtMs = now();
      if (!(await store.changeSession(session, { passwordAtMs }))) {
        throw new ClefError('not-signed-in', 'the session has ended');
      }
      return { ...session, freshUntilMs: passwordAtMs + FRESH_MS };
    },

    assertFresh({ freshUntilMs }) {
      if (now() < freshUntilMs) return;
      throw new ClefError('password-needed', 'give the password again first: it was last given too long ago');
    },

    async changePassword({ userId, tokenHash, account }, next, { password, address, signal }) {
      await accounts.verifyLogin({ name: account.name, password, address, ...(signal && { signal }) });
      await accounts.setPassword(userId, next, userId, tokenHash);
    },

    async end(session) {
      await store.endSession(session);
    },
  };
}

function live(
  { userId, tokenHash, passwordAtMs, expiresAtMs }: StoredSession,
  account: Account,
  isExtended: boolean,
): LiveSession {
  const freshUntilMs = passwordAtMs + FRESH_MS;
  return { userId, tokenHash, account: publicAccount(account), freshUntilMs, expiresAtMs, isExtended };
}

/** The account's id stands before the secret, so that whoever looks the session up asks one bucket. */
function newToken(user: UserId): string {
  return `${user.toString(36)}.${randomBytes(TOKEN_BYTES).toString('base64url')}`;
}

function keyOf(token: string): SessionKey | undefined {
  const digits = TOKEN.exec(token)?.groups?.user;
  if (digits === undefined) return undefined;
  const userId = Number.parseInt(digits, 36);
  return Number.isSafeInteger(userId) ? { userId: userId as UserId, tokenHash: hashOf(token) } : undefined;
}

function hashOf(token: string): Bytes {
  return Uint8Array.from(createHash('sha256').update(token).digest());
}

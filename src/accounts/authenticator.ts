import { hash, timingSafeEqual } from 'node:crypto';
import { ClefError, type UserId, unreachable } from '../core/index.ts';
import { AttemptLimiter } from './attempt-limiter.ts';
import { foldName } from './names.ts';
import {
  type Account,
  type AccountStore,
  type CredentialId,
  publicAccount,
  type StoredAccount,
  type StoredApiKey,
  type StoredAppPassword,
} from './port.ts';
import type { OpenedSecrets } from './secret-box.ts';
import { apiKeyOwner } from './secrets.ts';
import type { UsageLog } from './usage-log.ts';

export type PresentedCredentials =
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  /** `token` is the hexadecimal MD5 of password and salt, as Subsonic has it. */
  | { readonly kind: 'token'; readonly user: string; readonly token: string; readonly salt: string }
  | { readonly kind: 'api-key'; readonly key: string };

interface SignedIn {
  readonly account: Account;
  /** What the credential was made for. */
  readonly clientName: string;
  readonly credentialId: CredentialId;
}

/**
 * Which players and programs may come in. Only app passwords and API keys count; a login password never does, however right it is.
 * Throws `wrong-credentials`, `invalid-api-key`, `token-auth-unsupported` (the account has API keys only) or
 * `too-many-attempts`. A disabled account and a revoked credential are refused at the next call.
 */
export interface Authenticator {
  authenticate(credentials: PresentedCredentials, from: { readonly address: string }): Promise<SignedIn>;
  /** Whether a credential is in force, of an account that is enabled. */
  holds(user: UserId, credential: CredentialId): Promise<boolean>;
}

/** Longer than any that Clef makes or takes; spares the hashes and the database the rest. */
const MAX_PRESENTED_CHARACTERS = 1024;
const TOKEN = /^[0-9a-f]{32}$/i;

export interface AuthenticatorOptions {
  readonly store: AccountStore;
  readonly secrets: OpenedSecrets;
  readonly usage: UsageLog;
  readonly now: () => number;
  /** A sealed app password did not open: its row, or the keyring, is not what it was. */
  readonly onUnreadable: (credential: StoredAppPassword, error: unknown) => void;
}

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { store, usage, now } = options;
  const limiter = new AttemptLimiter({ now, secrets: 'random' });

  return {
    async authenticate(presented, { address }) {
      assertPresentable(presented);
      const claimed = presented.kind === 'api-key' ? apiKeyOwner(presented.key) : foldName(presented.user);
      using attempt = await limiter.begin(
        address,
        typeof claimed === 'string' ? `name ${claimed}` : `key ${claimed}`,
      );
      const { account, credentials } = await find(store, claimed).catch((error: unknown) => {
        attempt.undecided();
        throw error;
      });

      const apiKeys = credentials.filter((credential) => credential.kind === 'api-key');
      const appPasswords = credentials.filter((credential) => credential.kind === 'app-password');
      const match =
        presented.kind === 'api-key'
          ? matchApiKey(apiKeys, presented.key)
          : await matchAppPassword(appPasswords, presented, options);
      if (account === undefined || match === undefined || account.disabledAtMs !== undefined) {
        const hasKeysOnly = apiKeys.length > 0 && appPasswords.length === 0;
        throw refusal(presented.kind, hasKeysOnly && account?.disabledAtMs === undefined);
      }

      attempt.succeeded();
      usage.note(match, now());
      return { account: publicAccount(account), clientName: match.clientName, credentialId: match.id };
    },

    async holds(user, credential) {
      const [account, credentials] = await Promise.all([store.accountById(user), store.credentialsOf(user)]);
      const isEnabled = account !== undefined && account.disabledAtMs === undefined;
      return isEnabled && credentials.some(({ id }) => id === credential);
    },
  };
}

function assertPresentable(presented: PresentedCredentials): void {
  const { kind, ...texts } = presented;
  if (Object.values(texts).some((text) => text.length > MAX_PRESENTED_CHARACTERS)) throw refusal(kind, false);
}

async function find(store: AccountStore, claimed: string | number | undefined) {
  const account = await findAccount(store, claimed);
  return { account, credentials: account === undefined ? [] : await store.credentialsOf(account.id) };
}

async function findAccount(
  store: AccountStore,
  claimed: string | number | undefined,
): Promise<StoredAccount | undefined> {
  if (claimed === undefined) return undefined;
  return typeof claimed === 'number' ? store.accountById(claimed as UserId) : store.accountByName(claimed);
}

function matchApiKey(credentials: readonly StoredApiKey[], key: string): StoredApiKey | undefined {
  const presented = hash('sha256', key, 'buffer');
  return matchAll(credentials, ({ keyHash }) => timingSafeEqual(presented, keyHash));
}

async function matchAppPassword(
  credentials: readonly StoredAppPassword[],
  presented: Exclude<PresentedCredentials, { kind: 'api-key' }>,
  { secrets, onUnreadable }: AuthenticatorOptions,
): Promise<StoredAppPassword | undefined> {
  const matches = secretMatcher(presented);
  const opened = new Map<StoredAppPassword, string>();
  for (const credential of credentials) {
    try {
      opened.set(credential, await secrets.open(credential));
    } catch (error) {
      // One damaged row must not lock the others out.
      onUnreadable(credential, error);
    }
  }
  return matchAll([...opened.keys()], (credential) => matches(opened.get(credential) ?? ''));
}

function secretMatcher(
  presented: Exclude<PresentedCredentials, { kind: 'api-key' }>,
): (secret: string) => boolean {
  switch (presented.kind) {
    case 'password': {
      // Digests have one length, whatever the lengths of the two passwords.
      const digest = hash('sha256', presented.password, 'buffer');
      return (secret) => timingSafeEqual(digest, hash('sha256', secret, 'buffer'));
    }
    case 'token': {
      if (!TOKEN.test(presented.token)) return () => false;
      const token = Buffer.from(presented.token, 'hex');
      return (secret) => timingSafeEqual(token, hash('md5', secret + presented.salt, 'buffer'));
    }
    default:
      return unreachable(presented);
  }
}

/** Looks at every candidate, so that the time does not tell which of them matched. */
function matchAll<T>(candidates: readonly T[], matches: (candidate: T) => boolean): T | undefined {
  let found: T | undefined;
  for (const candidate of candidates) if (matches(candidate)) found = candidate;
  return found;
}

function refusal(kind: PresentedCredentials['kind'], hasKeysOnly: boolean): ClefError {
  if (kind === 'api-key') return new ClefError('invalid-api-key', 'the API key is not valid');
  if (kind === 'token' && hasKeysOnly) {
    return new ClefError(
      'token-auth-unsupported',
      'this account has API keys only; sign in with one, or make an app password for this player',
    );
  }
  return new ClefError(
    'wrong-credentials',
    'wrong user name or app password; a login password is not accepted by players, make an app password for each',
  );
}

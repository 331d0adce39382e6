import type { Authenticator, CredentialId, Sessions } from '../../accounts/index.ts';
import { type Bytes, fromBase64Url, toBase64Url } from '../../core/index.ts';
import type { GrantStanding } from './gateway.ts';

/** By what somebody came to a ticket. */
export type SignIn =
  | { readonly kind: 'session'; readonly tokenHash: Bytes }
  | { readonly kind: 'api-key'; readonly id: CredentialId };

/** No base64url has a dot. */
const API_KEY = 'key.';

/** How a ticket names a sign-in: by the hash of a session's token, or an API key's id, which sign nobody in. */
export function signInName(signIn: SignIn): string {
  return signIn.kind === 'session' ? toBase64Url(signIn.tokenHash) : `${API_KEY}${signIn.id}`;
}

/** Asks the accounts, which remember what is asked often until something changes. */
export function createGrantStanding(
  sessions: Pick<Sessions, 'holds' | 'onChange'>,
  authenticator: Pick<Authenticator, 'holds'>,
): GrantStanding {
  return {
    holds: ({ account, session: name }) =>
      name.startsWith(API_KEY)
        ? authenticator.holds(account, Number(name.slice(API_KEY.length)) as CredentialId)
        : sessions.holds({ userId: account, tokenHash: fromBase64Url(name) }),
    onChange: (listener) => sessions.onChange(listener),
  };
}

import type { Sessions } from '../../accounts/index.ts';
import { fromBase64Url } from '../../core/index.ts';
import type { GrantStanding } from './gateway.ts';

/** Asks the accounts, which remember what is asked often until something changes. */
export function createGrantStanding(sessions: Pick<Sessions, 'holds' | 'onChange'>): GrantStanding {
  return {
    holds: ({ account, session }) => sessions.holds({ userId: account, tokenHash: fromBase64Url(session) }),
    onChange: (listener) => sessions.onChange(listener),
  };
}

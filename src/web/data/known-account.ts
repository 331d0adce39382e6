import type { QueryClient } from '@tanstack/react-query';
import { ApiError, type SessionAccount } from '../../api/index.ts';
import { basePath } from './client.ts';
import { sessionQuery } from './queries.ts';

/** Several may be served under one host. */
const KEY = `clef.account ${basePath}`;

/**
 * Whose music plays here. Where no server answers, whoever was signed in last: what is kept on the device opens with the
 * key of their device alone.
 */
export async function accountHere(queryClient: QueryClient): Promise<SessionAccount> {
  try {
    const { account } = await queryClient.ensureQueryData(sessionQuery);
    localStorage.setItem(KEY, JSON.stringify(account));
    return account;
  } catch (error) {
    const isAway = !(error instanceof ApiError) || error.status === 0 || error.status >= 500;
    const known = isAway ? localStorage.getItem(KEY) : null;
    if (known === null) throw error;
    return JSON.parse(known) as SessionAccount;
  }
}

/** After signing out. */
export function forgetAccount(): void {
  localStorage.removeItem(KEY);
}

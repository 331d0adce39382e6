import type { QueryClient } from '@tanstack/react-query';
import { redirect } from '@tanstack/react-router';
import { ApiError } from '../../api/index.ts';
import { sessionQuery } from './queries.ts';

/**
 * Before a page of the library: whoever is not signed in goes to do so, and comes back. Where no server answers
 * the page shows what it has.
 */
export async function requireSession(queryClient: QueryClient, href: string): Promise<void> {
  try {
    await queryClient.ensureQueryData(sessionQuery);
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) {
      throw redirect({ to: '/sign-in', search: { return: href }, replace: true });
    }
  }
}

/** Only pages of this player: an address from outside must not lead out of it. */
export function safeReturn(wanted: string | undefined): string {
  return wanted?.startsWith('/') && !wanted.startsWith('//') && !wanted.includes('\\') ? wanted : '/';
}

import { ApiError, type Session } from '../../api/index.ts';
import { openOverlay } from '../shell/overlays.ts';

/**
 * Does what needs a password given lately: where the server wants it again, the person is asked, and it is done then.
 * Rejects with the server's answer where they would rather not.
 */
export async function withFreshSession<Result>(act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'password-needed') throw error;
    const { promise, resolve } = Promise.withResolvers<Session | undefined>();
    openOverlay({ kind: 'confirm-password', onEnd: resolve });
    if (!(await promise)) throw error;
    return act();
  }
}

import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { routes } from '../../api/index.ts';
import { call } from '../data/client.ts';
import { forgetAccount } from '../data/known-account.ts';
import { sessionQuery } from '../data/queries.ts';
import { usePlayer } from '../player/use-player.ts';

/** Ends the session here, and forgets what was shown of it. */
export function useSignOut(): () => void {
  const queryClient = useQueryClient();
  const router = useRouter();
  const player = usePlayer();
  return () => {
    player.leave();
    // So that nobody is asked to sign in again who wants to be out.
    queryClient.removeQueries({ queryKey: sessionQuery.queryKey });
    void call(routes.signOut, {})
      .catch(() => undefined)
      .then(() => {
        queryClient.clear();
        forgetAccount();
        return router.navigate({ to: '/sign-in' });
      });
  };
}

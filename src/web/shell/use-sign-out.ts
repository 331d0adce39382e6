import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { routes } from '../../api/index.ts';
import { call } from '../data/client.ts';
import { forgetAccount } from '../data/known-account.ts';
import { usePlayer } from '../player/use-player.ts';

/** Ends the session here, and forgets what was shown of it. */
export function useSignOut(): () => void {
  const queryClient = useQueryClient();
  const router = useRouter();
  const player = usePlayer();
  return () => {
    player.pause();
    player.clear();
    void call(routes.signOut, {})
      .catch(() => undefined)
      .then(() => {
        queryClient.clear();
        forgetAccount();
        return router.navigate({ to: '/sign-in' });
      });
  };
}

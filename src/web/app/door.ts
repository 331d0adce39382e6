import type { QueryClient } from '@tanstack/react-query';
import type { Session } from '../../api/index.ts';
import { sessionQuery } from '../data/queries.ts';
import type { Player } from '../player/player.ts';
import { openOverlay } from '../shell/overlays.ts';
import type { createAppRouter } from './routes.tsx';

/** Where those go whom the server no longer knows. */
export interface Door {
  /** In place: what plays goes on as far as its keys reach, and carries on at the same spot. */
  readonly askToSignIn: () => void;
  /** Stops, and begins anew at the page where one signs in; from there the way leads back to what is shown now. */
  readonly leave: () => Promise<void>;
}

/** What it needs is made after it: the query client calls it. */
interface DoorParts {
  readonly queryClient: () => QueryClient;
  readonly router: () => ReturnType<typeof createAppRouter>;
  readonly player: () => Player;
}

export function createDoor({ queryClient, router, player }: DoorParts): Door {
  async function leave(): Promise<void> {
    player().leave();
    const { href, pathname } = router().state.location;
    if (pathname !== '/sign-in')
      await router().navigate({ to: '/sign-in', search: { return: href, ended: true } });
    // Its engine and its keys are those of the session that ended.
    location.reload();
  }

  function carryOn(session: Session): void {
    const client = queryClient();
    client.setQueryData(sessionQuery.queryKey, session);
    // What was refused meanwhile is asked for again.
    void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
    const { fault, status } = player().state;
    if (fault?.kind === 'not-allowed' && status === 'paused') player().play();
  }

  return {
    leave,
    askToSignIn() {
      const session = queryClient().getQueryData(sessionQuery.queryKey);
      // On the first visit nothing has ended: the route leads to the door by itself.
      if (!session) return;
      queryClient().removeQueries({ queryKey: sessionQuery.queryKey });
      if (router().state.location.pathname === '/sign-in') return;
      const onEnd = (again: Session | undefined) => (again ? carryOn(again) : void leave());
      openOverlay({ kind: 'sign-in-again', username: session.account.name, onEnd });
    },
  };
}

import type { QueryClient } from '@tanstack/react-query';
import { type RouteAnswer, routes, type Track } from '../../api/index.ts';
import { call } from '../data/client.ts';
import type { Place } from '../data/playlist-order.ts';
import { playlistQuery, playlistsQuery } from '../data/queries.ts';
import { useMessages } from '../messages/use-messages.ts';
import { tell } from '../shell/toasts.ts';

/** Changes which tracks a playlist has, or their order: shown at once, taken back where it cannot be saved. */
export function useChangeTracks(queryClient: QueryClient, playlistId: string, tracks: readonly Track[]) {
  const { playlist: words } = useMessages();
  const { queryKey } = playlistQuery(playlistId);

  function show(next: readonly Track[]): void {
    queryClient.setQueryData(queryKey, (before: RouteAnswer<typeof routes.playlist> | undefined) =>
      before ? { ...before, tracks: [...next] } : before,
    );
  }

  async function save(next: readonly Track[]): Promise<void> {
    show(next);
    try {
      await call(routes.changePlaylist, {
        params: { id: playlistId },
        body: { trackIds: next.map(({ id }) => id) },
      });
      await queryClient.invalidateQueries({ queryKey: playlistsQuery.queryKey });
    } catch {
      show(tracks);
      tell(words.saveFailed);
    }
  }

  return {
    saveOrder: (places: readonly Place[]) => void save(places.map(({ track }) => track)),
    removePlaces: (places: readonly Place[], keys: ReadonlySet<string>) => {
      void save(places.filter(({ key }) => !keys.has(key)).map(({ track }) => track));
      tell(words.removed(keys.size), () => void save(tracks));
    },
  };
}

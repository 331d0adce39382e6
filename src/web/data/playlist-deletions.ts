import type { QueryClient } from '@tanstack/react-query';
import { routes } from '../../api/index.ts';
import { call, callWhileLeaving } from './client.ts';
import { playlistsQuery } from './queries.ts';
import { createStore, useStore } from './store.ts';

/** As long as the notice with "Undo" stands, and a little. */
const GRACE_MS = 8_500;

/**
 * Playlists that are to be deleted: they are hidden at once, and the server is told when it can no longer be
 * undone, since a playlist that is made anew would have another id.
 */
const pending = createStore<ReadonlySet<string>>(new Set());
const timers = new Map<string, ReturnType<typeof setTimeout>>();

export function usePendingDeletions(): ReadonlySet<string> {
  return useStore(pending);
}

/** Answers what takes it back. `onFailed` is called where the server refuses; the playlist is shown again. */
export function deletePlaylistSoon(queryClient: QueryClient, id: string, onFailed: () => void): () => void {
  pending.set(new Set(pending.current).add(id));
  const forget = () => {
    clearTimeout(timers.get(id));
    timers.delete(id);
    const rest = new Set(pending.current);
    rest.delete(id);
    pending.set(rest);
  };
  const commit = async () => {
    timers.delete(id);
    try {
      await call(routes.deletePlaylist, { params: { id } });
    } catch {
      onFailed();
    }
    await queryClient.invalidateQueries({ queryKey: playlistsQuery.queryKey });
    forget();
  };
  timers.set(
    id,
    setTimeout(() => void commit(), GRACE_MS),
  );
  return forget;
}

/** To be called as the page goes away: what is still pending is done now. */
export function deletePendingPlaylists(): void {
  for (const [id, timer] of timers) {
    clearTimeout(timer);
    void callWhileLeaving(routes.deletePlaylist, { params: { id } }).catch(() => undefined);
  }
  timers.clear();
}

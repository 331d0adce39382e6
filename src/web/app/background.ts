import type { QueryClient } from '@tanstack/react-query';
import { isLiked, setLiked } from '../data/annotations.ts';
import { call, callWhileLeaving } from '../data/client.ts';
import { listenToServer, onServerEvent } from '../data/events.ts';
import { deletePendingPlaylists } from '../data/playlist-deletions.ts';
import { sessionQuery } from '../data/queries.ts';
import type { Wording } from '../messages/language.ts';
import { countPlays } from '../player/play-counter.ts';
import type { Player } from '../player/player.ts';
import { keepPlayerSettings } from '../player/player-settings.ts';
import { keepQueue, restoreQueue } from '../player/saved-queue.ts';
import { tell } from '../shell/toasts.ts';

export interface BackgroundParts {
  readonly queryClient: QueryClient;
  readonly player: Player;
  readonly wording: Wording;
}

/** What runs beside the pages for as long as the window is open. Loaded after the first page. */
export function startBackground({ queryClient, player, wording }: BackgroundParts): void {
  keepPlayerSettings(player, localStorage);
  addEventListener('pagehide', deletePendingPlaylists);
  onServerEvent((event) => {
    if (event.kind === 'device-added') tell(wording.messages.told.deviceAdded(event.device.name));
    if (event.kind === 'session-ended') void queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 });
  });
  document.addEventListener('clef-like', () => {
    const track = player.state.current?.track;
    if (track) void setLiked(queryClient, [track.id], !isLiked(track)).catch(() => undefined);
  });

  // The audio clock may start in a gesture alone, and the decoders want to be warm at the first click on a track.
  for (const gesture of ['pointerdown', 'keydown'] as const) {
    addEventListener(gesture, () => void player.warm().catch(() => undefined), { once: true, capture: true });
  }

  // The rest asks as someone: it begins when somebody is signed in.
  let hasBegun = false;
  const begin = () => {
    if (hasBegun || queryClient.getQueryData(sessionQuery.queryKey) === undefined) return;
    hasBegun = true;
    const parts = { player, storage: localStorage, call, callWhileLeaving, now: Date.now };
    listenToServer(queryClient);
    countPlays(player, call, Date.now);
    void restoreQueue(parts)
      .catch(() => undefined)
      .then(() => keepQueue(parts));
  };
  begin();
  queryClient.getQueryCache().subscribe(begin);
}

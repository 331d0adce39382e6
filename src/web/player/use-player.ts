import { createContext, use, useSyncExternalStore } from 'react';
import type { Player, PlayerState } from './player.ts';

export const PlayerContext = createContext<Player | undefined>(undefined);

export function usePlayer(): Player {
  const player = use(PlayerContext);
  if (!player) throw new Error('no PlayerContext above');
  return player;
}

/** `select` answers a part that is itself exchanged when it changes: no new object at each call. */
export function usePlayerState<Part>(select: (state: PlayerState) => Part): Part {
  const player = usePlayer();
  return useSyncExternalStore(player.subscribe, () => select(player.state));
}

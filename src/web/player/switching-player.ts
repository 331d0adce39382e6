import type { Player } from './player.ts';

/** One player for the pages, whatever plays behind it: they are shown before more is loaded than a queue of this page. */
export interface SwitchingPlayer extends Player {
  /** Another one from now on. */
  become(next: Player): void;
}

export function createSwitchingPlayer(first: Player): SwitchingPlayer {
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  let now = first;
  let stopListening = now.subscribe(tell);
  return {
    become(next) {
      stopListening();
      now = next;
      stopListening = now.subscribe(tell);
      tell();
    },
    get state() {
      return now.state;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    positionMs: () => now.positionMs(),
    bufferedMs: () => now.bufferedMs(),
    warm: () => now.warm(),
    playTracks: (...what) => now.playTracks(...what),
    playNext: (tracks) => now.playNext(tracks),
    addToQueue: (tracks) => now.addToQueue(tracks),
    removeItems: (itemIds) => now.removeItems(itemIds),
    moveItems: (itemIds, beforeId) => now.moveItems(itemIds, beforeId),
    clear: () => now.clear(),
    toggle: () => now.toggle(),
    play: () => now.play(),
    pause: () => now.pause(),
    seek: (positionMs) => now.seek(positionMs),
    next: () => now.next(),
    previous: () => now.previous(),
    jumpTo: (index) => now.jumpTo(index),
    setShuffled: (shuffled) => now.setShuffled(shuffled),
    setRepeat: (mode) => now.setRepeat(mode),
    change: (settings) => now.change(settings),
    leave: () => now.leave(),
  };
}

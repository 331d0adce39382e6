import type { Player } from '../player.ts';
import type { Engine, EngineFault, EngineItem } from '../port.ts';
import type { Place, Sequence } from './place.ts';

/** An item that is sought in its first seconds is begun, since it may be here already; what has passed is left out. */
const BEGUN_MS = 2_000;

/** The inside of an engine, as far as a pace moves it. */
export interface PacedParts {
  readonly engine: Engine;
  readonly player: Player;
  readonly items: () => readonly EngineItem[];
  readonly follower: (item: EngineItem) => EngineItem | undefined;
  readonly fault: () => EngineFault | undefined;
  /** Makes an item the current one. */
  readonly point: (item: EngineItem) => void;
}

export function sequenceOf({ items, follower, player }: PacedParts): Sequence {
  return {
    item: (id) => items().find(({ itemId }) => itemId === id),
    follower,
    fadeMs: (item, next) => 1000 * player.fadeSeconds(item, next),
  };
}

/** It cannot be played here, and is not tried again. */
export function isGivenUp({ fault }: PacedParts, { trackId }: EngineItem): boolean {
  return fault()?.retrying === false && fault()?.trackId === trackId;
}

/** That music is to play, or not. */
export function want({ engine }: PacedParts, playing: boolean): void {
  const { status } = engine.state;
  if ((status === 'playing' || status === 'waiting') === playing) return;
  if (playing) engine.play();
  else engine.pause();
}

export function goTo({ player, point }: PacedParts, { item, positionMs }: Place): void {
  point(item);
  if (player.current?.item.itemId === item.itemId) player.seek(positionMs);
  else if (positionMs < BEGUN_MS) player.skipTo(item);
  else player.start(item, positionMs);
}

import { lazy, Suspense } from 'react';
import { usePlayerState } from '../player/use-player.ts';

const PlayerBar = lazy(async () => ({ default: (await import('../player-bar/player-bar.tsx')).PlayerBar }));

/** Room for the player bar, which is loaded when there is something to play. */
export function PlayerSpace() {
  const hasItems = usePlayerState(({ queue }) => queue.items.length > 0);
  if (!hasItems) return null;
  return (
    <Suspense fallback={<div className="player-bar" />}>
      <PlayerBar />
    </Suspense>
  );
}

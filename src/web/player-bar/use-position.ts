import { useEffect, useState } from 'react';
import { usePlayer, usePlayerState } from '../player/use-player.ts';

/** Four times a second while something plays: a clock that shows seconds is never late by much. */
const LOOK_EVERY_MS = 250;

/** The heard position, for what shows it. */
export function usePosition(): number {
  const player = usePlayer();
  const status = usePlayerState((state) => state.status);
  const [positionMs, setPosition] = useState(() => player.positionMs());
  useEffect(() => {
    const look = () => setPosition(player.positionMs());
    look();
    const unsubscribe = player.subscribe(look);
    const timer = status === 'playing' ? setInterval(look, LOOK_EVERY_MS) : undefined;
    return () => {
      clearInterval(timer);
      unsubscribe();
    };
  }, [player, status]);
  return positionMs;
}

import { useEffect, useState } from 'react';
import { useFormats } from '../messages/use-messages.ts';
import { usePlayer, usePlayerState } from '../player/use-player.ts';

interface PlayheadProps {
  readonly trackId: string;
  readonly durationMs: number;
  readonly height: number;
}

const LOOK_EVERY_MS = 250;

/** Where this track is heard just now. */
export function Playhead({ trackId, durationMs, height }: PlayheadProps) {
  const { clock } = useFormats();
  const player = usePlayer();
  const isHeard = usePlayerState(({ current, status }) => current?.track.id === trackId && status !== 'idle');
  const [positionMs, setPosition] = useState(() => player.positionMs());
  useEffect(() => {
    if (!isHeard) return undefined;
    const look = () => setPosition(player.positionMs());
    look();
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [player, isHeard]);
  if (!isHeard || durationMs === 0) return null;
  return (
    <span
      className="matrix-playhead"
      style={{ translate: `0 ${(Math.min(1, positionMs / durationMs) * height).toFixed(1)}px` }}
      aria-hidden="true"
    >
      <span className="matrix-playhead-time">{clock(positionMs)}</span>
    </span>
  );
}

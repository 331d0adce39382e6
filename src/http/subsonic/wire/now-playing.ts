import type { TrackView } from '../../../catalog/index.ts';
import { type Child, trackChild } from './child.ts';

/** https://opensubsonic.netlify.app/docs/responses/nowplayingentry/ */
export type NowPlayingEntry = Child & {
  readonly username: string;
  readonly minutesAgo: number;
  readonly playerId: number;
  readonly playerName: string;
  readonly state?: string;
  readonly positionMs?: number;
  readonly playbackRate?: number;
};

/** An output that is heard, or a player that says so. */
export interface ShownPlaying {
  readonly userName: string;
  readonly playerName: string;
  readonly playerNumber: number;
  readonly sinceMs: number;
  readonly timeline?:
    | { readonly state: string; readonly positionMs: number; readonly rate: number }
    | undefined;
}

/** Where a player is by now follows from what it told last. */
export function nowPlayingEntry(
  track: TrackView,
  { userName, playerName, playerNumber, sinceMs, timeline }: ShownPlaying,
  nowMs: number,
): NowPlayingEntry {
  const agoMs = Math.max(0, nowMs - sinceMs);
  return {
    ...trackChild(track),
    username: userName,
    minutesAgo: Math.floor(agoMs / 60_000),
    playerId: playerNumber,
    playerName,
    ...(timeline && {
      state: timeline.state,
      positionMs: positionBy(timeline, agoMs, track.durationMs),
      playbackRate: timeline.rate,
    }),
  };
}

function positionBy(
  { state, positionMs, rate }: NonNullable<ShownPlaying['timeline']>,
  agoMs: number,
  durationMs: number,
): number {
  const reachedMs = state === 'playing' ? positionMs + agoMs * rate : positionMs;
  return Math.round(Math.min(reachedMs, Math.max(durationMs, positionMs)));
}

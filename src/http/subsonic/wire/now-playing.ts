import type { TrackView } from '../../../catalog/index.ts';
import type { NowPlayingEntry as Playing } from '../now-playing.ts';
import { type Child, trackChild } from './child.ts';

/** https://opensubsonic.netlify.app/docs/responses/nowplayingentry/ */
export type NowPlayingEntry = Child & {
  readonly username: string;
  readonly minutesAgo: number;
  readonly playerId: number;
  readonly playerName: string;
};

export function nowPlayingEntry(track: TrackView, playing: Playing, nowMs: number): NowPlayingEntry {
  return {
    ...trackChild(track),
    username: playing.userName,
    minutesAgo: Math.max(0, Math.floor((nowMs - playing.sinceMs) / 60_000)),
    playerId: playing.playerNumber,
    playerName: playing.clientName,
  };
}

import type { TrackId, UserId } from '../../core/index.ts';

export interface NowPlayingEntry {
  readonly userId: UserId;
  readonly userName: string;
  readonly clientName: string;
  /** Tells several players of one listener apart. */
  readonly playerNumber: number;
  readonly trackId: TrackId;
  readonly sinceMs: number;
}

/** What players say they play right now. One entry a listener and player; forgotten when it must have ended. */
export interface NowPlaying {
  report(entry: Omit<NowPlayingEntry, 'playerNumber' | 'sinceMs'>, durationMs: number): void;
  /** Newest first. */
  entries(): readonly NowPlayingEntry[];
}

const MAX_PLAYERS = 1000;
/** Pauses and short tracks: how long after its end an entry is still shown. */
const GRACE_MS = 3 * 60_000;

interface Kept extends NowPlayingEntry {
  readonly untilMs: number;
}

export function createNowPlaying(now: () => number): NowPlaying {
  /** In the order of the reports: the first is the oldest. */
  const players = new Map<string, Kept>();
  let lastNumber = 0;

  function forgetEnded(): void {
    const nowMs = now();
    for (const [key, entry] of players) if (entry.untilMs <= nowMs) players.delete(key);
  }

  return {
    report(entry, durationMs) {
      const key = `${entry.userId} ${entry.clientName}`;
      const playerNumber = players.get(key)?.playerNumber ?? ++lastNumber;
      players.delete(key);
      if (players.size >= MAX_PLAYERS) forgetEnded();
      const [oldest] = players.keys();
      if (players.size >= MAX_PLAYERS && oldest !== undefined) players.delete(oldest);
      const sinceMs = now();
      players.set(key, { ...entry, playerNumber, sinceMs, untilMs: sinceMs + durationMs + GRACE_MS });
    },
    entries() {
      forgetEnded();
      return [...players.values()].toReversed();
    },
  };
}

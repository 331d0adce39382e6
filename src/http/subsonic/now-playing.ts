import type { TrackId, UserId } from '../../core/index.ts';

/** What a player tells that tells more than what it begins. */
export interface Timeline {
  readonly state: 'starting' | 'playing' | 'paused';
  readonly positionMs: number;
  readonly rate: number;
}

export interface NowPlayingEntry {
  readonly userId: UserId;
  readonly userName: string;
  readonly clientName: string;
  /** Tells several players of one listener apart. */
  readonly playerNumber: number;
  readonly trackId: TrackId;
  readonly sinceMs: number;
  readonly timeline?: Timeline;
}

/** What players say they play right now. One entry a listener and player; forgotten when it must have ended. */
export interface NowPlaying {
  report(entry: Omit<NowPlayingEntry, 'playerNumber' | 'sinceMs'>, remainingMs: number): void;
  /** It plays no more. */
  end(player: Pick<NowPlayingEntry, 'userId' | 'clientName'>): void;
  /** Newest first. */
  entries(): readonly NowPlayingEntry[];
  /** The same one each time, unlike that of any other, for as long as there are few enough. */
  numberOf(player: string): number;
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
  const numbers = new Map<string, number>();
  let lastNumber = 0;

  function forgetEnded(): void {
    const nowMs = now();
    for (const [key, entry] of players) if (entry.untilMs <= nowMs) players.delete(key);
  }

  function numberOf(player: string): number {
    const number = numbers.get(player) ?? ++lastNumber;
    numbers.delete(player);
    const [oldest] = numbers.keys();
    if (numbers.size >= MAX_PLAYERS && oldest !== undefined) numbers.delete(oldest);
    numbers.set(player, number);
    return number;
  }

  return {
    numberOf,
    report(entry, remainingMs) {
      const key = keyOf(entry);
      const sinceMs = now();
      const known = players.get(key);
      // Some say what they begin by both ways: the one that tells more counts.
      const isLess = known?.timeline && !entry.timeline && known.trackId === entry.trackId;
      if (isLess && known.untilMs > sinceMs) return;
      players.delete(key);
      if (players.size >= MAX_PLAYERS) forgetEnded();
      const [oldest] = players.keys();
      if (players.size >= MAX_PLAYERS && oldest !== undefined) players.delete(oldest);
      const untilMs = sinceMs + remainingMs + GRACE_MS;
      players.set(key, { ...entry, playerNumber: numberOf(key), sinceMs, untilMs });
    },
    end: (player) => void players.delete(keyOf(player)),
    entries() {
      forgetEnded();
      return [...players.values()].toReversed();
    },
  };
}

function keyOf({ userId, clientName }: Pick<NowPlayingEntry, 'userId' | 'clientName'>): string {
  return `${userId} ${clientName}`;
}

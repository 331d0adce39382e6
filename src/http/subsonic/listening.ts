import type { TrackId, UserId } from '../../core/index.ts';

/** What a player told of a track, and when. */
export interface Heard {
  readonly userId: UserId;
  readonly clientName: string;
  readonly trackId: TrackId;
  readonly durationMs: number;
  readonly state: 'starting' | 'playing' | 'paused' | 'stopped';
  readonly positionMs: number;
  readonly rate: number;
  /** The player counts by itself. */
  readonly isUncounted: boolean;
}

/** A track that was heard for long enough to count as played. */
export interface Play {
  readonly trackId: TrackId;
  readonly startedAtMs: number;
}

/** Half of a track counts as a play, or four minutes of it, as scrobbling has it (https://www.last.fm/api/scrobbling). */
const ENOUGH_SHARE = 0.5;
const ENOUGH_MS = 4 * 60_000;
const MOST_PLAYERS = 1_000;

interface Listening {
  readonly last: Heard;
  readonly atMs: number;
  readonly startedAtMs: number;
  readonly heardMs: number;
  readonly isCounted: boolean;
}

/** Counts, from what players report, how much of a track was heard; returns the plays that a report has made complete. */
export function createListening(now: () => number): (heard: Heard) => readonly Play[] {
  /** By listener and player; the one that was silent longest first. */
  const listenings = new Map<string, Listening>();

  return (heard) => {
    const atMs = now();
    const key = `${heard.userId} ${heard.clientName}`;
    const before = listenings.get(key);
    const until = before && heardUntil(before, atMs);
    const goesOn = until?.last.trackId === heard.trackId && heard.state !== 'starting';
    const isUncounted = heard.isUncounted || (goesOn && until.last.isUncounted);
    const listening: Listening = {
      ...(goesOn ? until : { startedAtMs: atMs, heardMs: 0, isCounted: false }),
      last: { ...heard, isUncounted },
      atMs,
    };
    const played = [...(until && !goesOn ? [until] : []), listening].filter(isEnough);
    listenings.delete(key);
    listenings.set(key, isEnough(listening) ? { ...listening, isCounted: true } : listening);
    const [oldest] = listenings.keys();
    if (listenings.size > MOST_PLAYERS && oldest !== undefined) listenings.delete(oldest);
    return played.map(({ last: { trackId }, startedAtMs }) => ({ trackId, startedAtMs }));
  };
}

/** What went by since the last report was heard, if it played, but no more than was left of the track. */
function heardUntil(listening: Listening, atMs: number): Listening {
  const { last, heardMs } = listening;
  if (last.state !== 'playing') return listening;
  const leftMs = Math.max(0, last.durationMs - last.positionMs);
  return { ...listening, heardMs: heardMs + Math.min(leftMs, (atMs - listening.atMs) * last.rate) };
}

function isEnough({ last, heardMs, isCounted }: Listening): boolean {
  if (isCounted || last.isUncounted || last.durationMs <= 0) return false;
  return heardMs >= Math.min(last.durationMs * ENOUGH_SHARE, ENOUGH_MS);
}

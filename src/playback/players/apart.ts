import { advanceTo, type LogClock, type PlaybackState, staying } from '../session/index.ts';

/** For how long a session must have been silent before who went apart comes back to it. */
const SILENT_MS = 15 * 60_000;

/** Whether a session is heard without this player. Who joined it while it sounds follows it. */
export function othersSound({ main, decks, outputs }: PlaybackState, playerId: string): boolean {
  const sounds = main.playing || decks.some(({ motion }) => motion.playing);
  const ids = staying(outputs).map(({ outputId }) => outputId);
  return sounds && ids.length > 0 && !ids.includes(playerId);
}

/**
 * Whether what a player does belongs to a session of its own: a person's phone must not stop the living room, which plays
 * the account's session. A player that went apart stays so until that has been silent for a while: who pauses for
 * a moment finds their own music again. ADR 20.
 */
export function isApart(
  { main, own }: { readonly main: PlaybackState; readonly own: PlaybackState },
  playerId: string,
  nowMs: number,
): boolean {
  if (othersSound(main, playerId)) return true;
  if (own.queue.items.length === 0) return false;
  return own.main.playing || nowMs - main.main.atMs < SILENT_MS;
}

export function isNewer(one: PlaybackState, other: PlaybackState): boolean {
  return (one.changed?.atMs ?? 0) > (other.changed?.atMs ?? 0);
}

/**
 * A session as it is now. One that stands still, stamped by the clock of an earlier run, stays as it was: those stamps are
 * near the time of day, so that how long it has been silent is known through a restart.
 */
export function stateNow(state: PlaybackState, clock: LogClock): PlaybackState {
  const isStill = !state.main.playing && !state.decks.some(({ motion }) => motion.playing);
  if (isStill && state.clockId !== clock.clockId) return state;
  return advanceTo(state, { seq: state.seq, clockId: clock.clockId, atMs: clock.nowMs() });
}

import { positionAt, startLeadMs } from './motion.ts';
import type { RefusalReason } from './outcome.ts';
import { currentItem, type Motion, type PlaybackState } from './state.ts';

/** What became of a state that a command was applied to, or why it was not. */
export type Change = PlaybackState | RefusalReason;

/** Of the record that is being folded. */
export interface Moment {
  readonly cmdId: string;
  readonly instanceId: string;
  readonly seq: number;
  readonly atMs: number;
}

/** The main deck at a place of its current item, from now on, or from when all outputs can. */
export function place(
  state: PlaybackState,
  positionMs: number,
  playing: boolean,
  { atMs, seq }: Moment,
): PlaybackState {
  const mostMs = currentItem(state.queue)?.durationMs ?? 0;
  const startMs = playing ? atMs + startLeadMs(state.outputs) : atMs;
  const main = { ...state.main, positionMs: Math.min(positionMs, mostMs), atMs: startMs, playing };
  return { ...state, main, mainSeq: seq };
}

/** The main deck at the beginning of its current item; playing, if it played. */
export function begin(state: PlaybackState, moment: Moment): PlaybackState {
  return place(state, 0, state.main.playing, moment);
}

/** The same motion, told from now on. One that begins later is left as it is. */
export function retold(motion: Motion, atMs: number): Motion {
  return motion.atMs > atMs ? motion : { ...motion, positionMs: positionAt(motion, atMs), atMs };
}

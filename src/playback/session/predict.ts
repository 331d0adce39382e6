import type { Command } from './command.ts';
import { fold } from './fold.ts';
import type { PlaybackState } from './state.ts';

/** A command on its way to the log: of this device, or of another as it is told before the log has it. */
export interface Waiting {
  readonly command: Command;
  readonly by: string;
  /** When it was given, in log time as far as it is known here. */
  readonly atMs: number;
}

/**
 * What a session will be once the log has what waits, as far as can be known: shown and played at once, and exchanged for
 * the truth as soon as that is told.
 */
export function predict(base: PlaybackState, clockId: string, waiting: readonly Waiting[]): PlaybackState {
  return waiting.reduce((state, { command, by, atMs }) => {
    const record = { seq: state.seq + 1, atMs: Math.max(state.atMs, atMs), clockId, by, command };
    return fold(state, record).state;
  }, base);
}

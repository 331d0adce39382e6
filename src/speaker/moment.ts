import type { Output, PlaybackState } from '../playback/session/index.ts';

/** What is to be heard with the frames that are asked for. */
export interface Moment {
  readonly state: PlaybackState;
  readonly own: Output;
  /** When the first of them is heard: log time, and `performance.now()`. */
  readonly logMs: number;
  readonly localMs: number;
  /** Log time that a frame of the device takes. */
  readonly frameLogMs: number;
  /** By how much the device's clock has to be hurried, and what that moment may be wrong by. */
  readonly drift: number;
  readonly doubtMs: number;
  /** The only output: what it does late is late, and nothing is left out. */
  readonly isAlone: boolean;
}

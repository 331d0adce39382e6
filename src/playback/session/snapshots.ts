import type { SessionKey } from './log.ts';
import type { PlaybackState } from './state.ts';

/** What a list shows of a session, without its queue. */
export interface SessionSummary {
  readonly sessionId: string;
  readonly name: string;
  readonly changedAtMs: number;
}

/** Where states are kept, so that a log need not be read from its beginning. */
export interface SnapshotStore {
  /** Brought up to the current version; undefined where there is none. */
  load(key: SessionKey): Promise<PlaybackState | undefined>;
  /** Does nothing where a newer one is there. `changedAtMs` is the time of day. */
  save(key: SessionKey, state: PlaybackState, changedAtMs: number): Promise<void>;
  /** Of an account, the one that was changed last first. */
  list(userId: string): Promise<readonly SessionSummary[]>;
  remove(key: SessionKey): Promise<void>;
  /** The highest sequence that a state in here has; 0 without any. A log that is begun anew goes on behind it. */
  newestSeq(): Promise<number>;
}

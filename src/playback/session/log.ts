import type { Command, LogRecord } from './command.ts';

/** Names a session: the account's wire id, and a name of its own below it. */
export interface SessionKey {
  /** `us-…`. */
  readonly userId: string;
  /** `main`, or 16 characters drawn by whoever began it. */
  readonly sessionId: string;
}

/** What is put at the end of a log. */
export interface LogEntry {
  readonly atMs: number;
  readonly clockId: string;
  readonly by: string;
  readonly command: Command;
}

/** Ends when it is disposed of; nothing is called after that. */
export interface Following extends Disposable {
  /** Resolves when everything has been passed on that was in the log at the time of the call to `follow`. */
  readonly caughtUp: Promise<void>;
}

/**
 * The one order of what is asked for in sessions. No lock, no compare-and-set: an append never fails because
 * somebody else appended, and what a command means is judged where it is folded.
 */
export interface SessionLog extends AsyncDisposable {
  /** Names this log for as long as its sequences count on; another one after it was lost. */
  readonly logId: string;

  /**
   * Puts an entry at the end of a session's log, and resolves with its sequence once no crash of one process can lose it.
   * Appends of one caller to one session keep the order in which they were called. The same `cmdId` again adds nothing
   * and answers the first one's sequence, for two minutes at least; later copies may be added, and are refused when they
   * are folded. Goes on trying for as long as the log cannot be reached; rejects with `log-unreachable` when
   * the signal aborts, after which the entry may be there or not.
   */
  append(key: SessionKey, entry: LogEntry, signal?: AbortSignal): Promise<{ readonly seq: number }>;

  /**
   * Passes on every record after a sequence, in order, without a gap or a copy, also through restarts of the log. Where
   * what comes next was let go of, or cannot be read, `onCutOff` is called, and nothing after it: a newer snapshot helps.
   */
  follow(
    key: SessionKey,
    afterSeq: number,
    onRecord: (record: LogRecord) => void,
    onCutOff?: (cause: unknown) => void,
  ): Following;

  /**
   * Passes on entries of any server that wait for the log, as soon as they do so for longer than a moment: also while it
   * chooses a leader. They may be told twice, or come to nothing. Nothing is told by a log that answers at once.
   */
  followTentative(key: SessionKey, onEntry: (entry: LogEntry) => void): Disposable;

  /**
   * Lets go of records up to and with a sequence, which a durable snapshot has in it: but for the last of them, they are
   * not passed on to who begins to follow. Their ids are recognised as long as before.
   */
  trim(key: SessionKey, upToSeq: number): Promise<void>;

  /** False while appends wait for a log that cannot be reached, or that chooses a leader. */
  readonly isReachable: boolean;
}

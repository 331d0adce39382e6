import { ClefError } from '../../core/index.ts';
import type { Command, LogRecord } from './command.ts';
import { fold, outcomeOf } from './fold.ts';
import type { Following, LogEntry, SessionKey, SessionLog } from './log.ts';
import type { LogClock } from './log-clock.ts';
import { APPLIED, type Outcome } from './outcome.ts';
import { SnapshotWriter } from './snapshot-writer.ts';
import type { SessionSummary, SnapshotStore } from './snapshots.ts';
import { emptyState, type PlaybackState } from './state.ts';

/** Records between two snapshots: what a restart has to fold, at most, and a little more. */
const SNAPSHOT_EVERY = 200;
/** How long a session that nobody holds stays in memory. */
const LINGER_MS = 30_000;
/** Commands of one session that wait for the log. */
const MOST_WAITING = 1_024;

export interface Step {
  /** Absent where the state is a snapshot's: this server was cut off for so long that the log has let go of what it missed. */
  readonly record?: LogRecord;
  readonly outcome?: Outcome;
  readonly state: PlaybackState;
}

export interface Sent {
  readonly seq: number;
  readonly outcome: Outcome;
}

/** A session that somebody holds. Disposing of it lets go of it; the music goes on. */
export interface LiveSession extends Disposable {
  readonly key: SessionKey;
  readonly state: PlaybackState;
  /** Calls back after each record, in order; returns the unsubscriber. */
  onStep(listener: (step: Step) => void): () => void;
  /** Calls back with what waits for the log, sent here or on another server; it may come to nothing. Returns the unsubscriber. */
  onTentative(listener: (entry: LogEntry) => void): () => void;
  /**
   * Resolves once the log has the command and it was folded here; calls of one caller are put there in their order.
   * `log-unreachable` where the log does not take it before the signal aborts.
   */
  send(command: Command, by: string, signal?: AbortSignal): Promise<Sent>;
}

export interface SessionHostOptions {
  readonly log: SessionLog;
  readonly snapshots: SnapshotStore;
  readonly clock: LogClock;
  readonly timeOfDayMs: () => number;
  /** A session's name until somebody gives it another. */
  readonly defaultName: string;
  /** What a session begins with whose log has nothing. */
  readonly firstEntries?: (key: SessionKey) => Promise<readonly LogEntry[]>;
  /** A snapshot that was not written: the log still has everything. */
  readonly onFailure: (error: unknown) => void;
}

/** A session in a list; `state` where it is in memory. */
export interface ListedSession extends SessionSummary {
  readonly state?: PlaybackState;
}

/** A session that is in memory, whoever holds it. */
export interface HeldSession {
  readonly key: SessionKey;
  readonly state: PlaybackState;
}

interface Held {
  readonly key: SessionKey;
  state: PlaybackState;
  /** Log time of the last record, which is near the time of day; undefined where none was folded here. */
  changedAtMs: number | undefined;
  /** Of the snapshot that is written, or being written. */
  savedSeq: number;
  /** Records folded since then. */
  unsaved: number;
  holders: number;
  isGone: boolean;
  linger: ReturnType<typeof setTimeout> | undefined;
  following: Following | undefined;
  followingTentative: Disposable | undefined;
  readonly tentativeListeners: Set<(entry: LogEntry) => void>;
  readonly listeners: Set<(step: Step) => void>;
  /** By command: each of its copies that is being sent waits for itself. */
  readonly waiting: Map<string, Set<(sent: Sent) => void>>;
}

/** Sessions as they are now, each folded once here, whoever asks. Restored when first asked for. */
export class SessionHost implements AsyncDisposable {
  readonly #options: SessionHostOptions;
  readonly #held = new Map<string, Promise<Held>>();
  /** The same, once they are restored. */
  readonly #restored = new Map<string, Held>();
  readonly #restoreListeners = new Set<(session: HeldSession) => void>();
  readonly #writer: SnapshotWriter;

  constructor(options: SessionHostOptions) {
    this.#options = options;
    this.#writer = new SnapshotWriter(options);
  }

  get log(): SessionLog {
    return this.#options.log;
  }

  get clock(): LogClock {
    return this.#options.clock;
  }

  /** How many sessions are in memory. */
  get heldCount(): number {
    return this.#held.size;
  }

  /** Those in memory, as they are now. */
  held(): readonly HeldSession[] {
    return [...this.#restored.values()];
  }

  /** Calls back with each session that has come into memory; returns the unsubscriber. */
  onRestored(listener: (session: HeldSession) => void): () => void {
    this.#restoreListeners.add(listener);
    return () => this.#restoreListeners.delete(listener);
  }

  async open(key: SessionKey): Promise<LiveSession> {
    const name = nameOf(key);
    const opening = this.#held.get(name) ?? this.#restore(key);
    this.#held.set(name, opening);
    const held = await opening.catch((error: unknown) => {
      this.#held.delete(name);
      throw error;
    });
    clearTimeout(held.linger);
    held.holders++;
    let isOpen = true;
    return {
      key,
      get state() {
        return held.state;
      },
      onStep(listener) {
        held.listeners.add(listener);
        return () => held.listeners.delete(listener);
      },
      onTentative(listener) {
        held.tentativeListeners.add(listener);
        return () => held.tentativeListeners.delete(listener);
      },
      send: (command, by, signal) => this.#send(held, command, by, signal),
      [Symbol.dispose]: () => {
        if (!isOpen) return;
        isOpen = false;
        if (--held.holders === 0) held.linger = setTimeout(() => this.#forget(name, held), LINGER_MS);
      },
    };
  }

  /** An account's sessions that are stored or in memory, the one that was changed last first. */
  async list(userId: string): Promise<readonly ListedSession[]> {
    const stored = await this.#options.snapshots.list(userId);
    const listed = new Map<string, ListedSession>(stored.map((summary) => [summary.sessionId, summary]));
    for (const { key, state, changedAtMs } of this.#restored.values()) {
      if (key.userId !== userId || state.seq === 0) continue;
      const { sessionId } = key;
      const changedMs = changedAtMs ?? listed.get(sessionId)?.changedAtMs ?? state.atMs;
      listed.set(sessionId, { sessionId, name: state.name, changedAtMs: Math.round(changedMs), state });
    }
    return [...listed.values()].toSorted((a, b) => b.changedAtMs - a.changedAtMs);
  }

  /** Forgets a session for good. `session-in-use` while somebody holds it. */
  async remove(key: SessionKey): Promise<void> {
    const name = nameOf(key);
    const held = await this.#held.get(name);
    if (held && held.holders > 0) throw new ClefError('session-in-use', 'devices are in this session');
    if (held) this.#letGo(name, held);
    const { snapshots, log } = this.#options;
    // One of the snapshots that are being written may be its own.
    await this.#writer.done();
    await snapshots.remove(key);
    await log.trim(key, Number.MAX_SAFE_INTEGER);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = await Promise.allSettled(this.#held.values());
    for (const one of all) {
      if (one.status === 'rejected') continue;
      clearTimeout(one.value.linger);
      unfollow(one.value);
      this.#save(one.value);
    }
    this.#held.clear();
    this.#restored.clear();
    await this.#writer.done();
  }

  async #restore(key: SessionKey): Promise<Held> {
    const { snapshots, defaultName, log } = this.#options;
    const state = (await snapshots.load(key)) ?? emptyState(defaultName);
    const held: Held = {
      key,
      state,
      changedAtMs: undefined,
      savedSeq: state.seq,
      unsaved: 0,
      holders: 0,
      isGone: false,
      linger: undefined,
      following: undefined,
      followingTentative: undefined,
      tentativeListeners: new Set(),
      listeners: new Set(),
      waiting: new Map(),
    };
    this.#follow(held);
    held.followingTentative = log.followTentative(key, (entry) => {
      // One that the log has by now is no news.
      if (outcomeOf(held.state, entry.command.cmdId)) return;
      for (const listener of held.tentativeListeners) listener(entry);
    });
    await held.following?.caughtUp;
    if (held.state.seq === 0) await this.#begin(held);
    this.#restored.set(nameOf(key), held);
    for (const listener of this.#restoreListeners) listener(held);
    return held;
  }

  async #begin(held: Held): Promise<void> {
    for (const entry of (await this.#options.firstEntries?.(held.key)) ?? []) await this.#append(held, entry);
  }

  #follow(held: Held): void {
    const { log, onFailure } = this.#options;
    held.following = log.follow(
      held.key,
      held.state.seq,
      (record) => this.#step(held, record),
      (cause) => void this.#leap(held, cause).catch(onFailure),
    );
  }

  /** To a snapshot that somebody else has written, and on from there. */
  async #leap(held: Held, cause: unknown): Promise<void> {
    const { key } = held;
    const state = await this.#options.snapshots.load(key);
    if (held.isGone) return;
    if (!state || state.seq <= held.state.seq)
      throw new ClefError('log-unfit', `no snapshot goes on where session ${nameOf(key)} ends`, { cause });
    held.state = state;
    held.savedSeq = state.seq;
    held.unsaved = 0;
    for (const [cmdId, resolves] of held.waiting) {
      const outcome = outcomeOf(state, cmdId);
      if (outcome) for (const resolve of resolves) resolve({ seq: state.seq, outcome });
    }
    for (const listener of held.listeners) listener({ state });
    this.#follow(held);
  }

  #step(held: Held, record: LogRecord): void {
    const { state, outcome } = fold(held.state, record);
    held.state = state;
    held.changedAtMs = record.atMs;
    const { cmdId } = record.command;
    for (const resolve of held.waiting.get(cmdId) ?? []) resolve({ seq: record.seq, outcome });
    held.waiting.delete(cmdId);
    for (const listener of held.listeners) listener({ record, outcome, state });
    if (++held.unsaved >= SNAPSHOT_EVERY) this.#save(held);
  }

  async #send(held: Held, command: Command, by: string, signal?: AbortSignal): Promise<Sent> {
    const { clock } = this.#options;
    const known = outcomeOf(held.state, command.cmdId);
    if (known) return { seq: held.state.seq, outcome: known };
    if (held.waiting.size >= MOST_WAITING)
      throw new ClefError('log-unreachable', `${MOST_WAITING} commands of one session wait for the log`);
    return this.#append(held, { atMs: clock.nowMs(), clockId: clock.clockId, by, command }, signal);
  }

  /** Resolves once it was folded here. */
  async #append(held: Held, entry: LogEntry, signal?: AbortSignal): Promise<Sent> {
    const { cmdId } = entry.command;
    const { promise, resolve } = Promise.withResolvers<Sent>();
    const copies = held.waiting.get(cmdId) ?? new Set();
    held.waiting.set(cmdId, copies.add(resolve));
    try {
      const { seq } = await this.#options.log.append(held.key, entry, signal);
      // One that was in the log before this session was restored is folded already.
      if (held.state.seq >= seq) resolve({ seq, outcome: outcomeOf(held.state, cmdId) ?? APPLIED });
      return await orAborted(promise, signal);
    } finally {
      copies.delete(resolve);
      if (copies.size === 0 && held.waiting.get(cmdId) === copies) held.waiting.delete(cmdId);
    }
  }

  #forget(name: string, held: Held): void {
    this.#letGo(name, held);
    this.#save(held);
  }

  #letGo(name: string, held: Held): void {
    clearTimeout(held.linger);
    unfollow(held);
    this.#held.delete(name);
    this.#restored.delete(name);
  }

  #save(held: Held): void {
    const { key, state } = held;
    if (held.unsaved === 0) return;
    // Who has just read the snapshot before this one still finds in the log what came after it.
    const coveredSeq = held.savedSeq;
    held.savedSeq = state.seq;
    held.unsaved = 0;
    this.#writer.write({ key, state, coveredSeq });
  }
}

function nameOf({ userId, sessionId }: SessionKey): string {
  return `${userId}/${sessionId}`;
}

/** A command that the log has may still not come back from it: of a log that was cut off meanwhile. */
function orAborted<Result>(promise: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (!signal) return promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(new ClefError('log-unreachable', 'the log did not pass a command on in time'));
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', abort));
}

function unfollow(held: Held): void {
  held.isGone = true;
  held.following?.[Symbol.dispose]();
  held.followingTentative?.[Symbol.dispose]();
}

import {
  type LogEntry,
  type PlaybackState,
  predict,
  type ServerMessage,
  type Waiting,
} from '../../playback/session/index.ts';
import { HeldStates } from './held-states.ts';
import type { Shelf } from './instance.ts';
import { TentativeCommands } from './tentative-commands.ts';
import { type StateMessage, ToldState } from './told-state.ts';
import { WaitingCommands } from './waiting-commands.ts';

export interface SessionViewOptions {
  readonly sessionId: string;
  readonly instanceId: string;
  readonly shelf: Shelf;
  readonly scope: string;
  readonly defaultName: string;
  readonly nowMs: () => number;
  /** Log time less the time of day, as far as it is known. */
  readonly offsetMs: () => number;
  readonly onChange: () => void;
  /** There was no room for it: it is not sent any more. */
  readonly onGiveUp: (givenUp: Waiting) => void;
  /** What was told of the queue does not fit: all of it is to be asked for. */
  readonly onUnfit: () => void;
}

/** One session as this page sees it: what the server told, and over it, folded by the same code, what waits. */
export class SessionView implements Disposable {
  readonly sessionId: string;
  readonly #options: SessionViewOptions;
  readonly #told: ToldState;
  readonly #waiting: WaitingCommands;
  readonly #tentative: TentativeCommands;
  readonly #held: HeldStates;
  #state: PlaybackState;

  constructor(options: SessionViewOptions) {
    const { sessionId, instanceId, shelf, scope, defaultName, nowMs, offsetMs } = options;
    this.sessionId = sessionId;
    this.#options = options;
    this.#told = new ToldState({
      shelf,
      key: `${scope} ${sessionId} state`,
      defaultName,
      instanceId,
      offsetMs,
    });
    this.#waiting = new WaitingCommands({
      shelf,
      key: `${scope} ${instanceId} ${sessionId} waiting`,
      onDrop: (dropped) => this.#giveUp(dropped),
    });
    this.#tentative = new TentativeCommands({ nowMs, onVoid: () => this.#change() });
    this.#held = new HeldStates({
      isAwaiting: () => this.unsent.length > 0,
      take: (told) => this.#take(told),
    });
    this.#state = this.#predicted();
  }

  /** With all that waits. Exchanged as a whole at each change. */
  get state(): PlaybackState {
    return this.#state;
  }

  /** True once the server has told of it. */
  get isTold(): boolean {
    return this.#told.isTold;
  }

  /** What of this page is not in what was told. */
  get waiting(): readonly Waiting[] {
    return this.#waiting.all;
  }

  /** What the log may not have yet. */
  get unsent(): readonly Waiting[] {
    return this.#waiting.unsent;
  }

  /** True where the main deck was moved last by what was asked for here. */
  get isOwnMove(): boolean {
    return this.#told.isOwnMove(this.#state.mainSeq);
  }

  /** True where this page was an output until it could not be reached: nobody has taken the music from it. */
  get hasLostOutput(): boolean {
    return this.#told.hasLostOutput;
  }

  /** Log time less the time of day, as it was when this browser was here last. */
  get keptOffsetMs(): number {
    return this.#told.keptOffsetMs;
  }

  /** Something is asked for here. */
  add(given: Waiting): void {
    // What was given later stays later, also when the time becomes known between the two.
    const atMs = Math.max(given.atMs, this.#waiting.all.at(-1)?.atMs ?? 0);
    this.#waiting.add({ ...given, atMs });
    this.#change();
  }

  hear(message: StateMessage): void {
    this.#held.hear(message);
  }

  /** What another device asks for, before the log has it. */
  announce(entry: LogEntry): void {
    this.#tentative.add(entry);
    this.#change();
  }

  /** What became of a command of this page. */
  settle({ cmdId, seq, refused }: Extract<ServerMessage, { type: 'outcome' }>): void {
    this.#told.noteOwn(seq);
    if (refused === undefined) {
      this.#waiting.settle(cmdId, seq);
      this.#waiting.forget({ seq: this.#told.state.seq });
    } else this.#waiting.drop(cmdId);
    if (this.unsent.length === 0) this.#held.release();
    this.#change();
  }

  /** Nobody tells any more what became of commands. */
  release(): void {
    this.#held.release();
  }

  /** The next state counts, whatever its sequence: another log counts anew. */
  doubt(): void {
    this.#told.doubt();
  }

  /** Writes what is to be found again after a reload. */
  keep(): void {
    this.#told.keep();
  }

  [Symbol.dispose](): void {
    for (const part of [this.#told, this.#tentative, this.#held]) part[Symbol.dispose]();
  }

  #take(message: StateMessage): void {
    const taken = this.#told.take(message, this.#state.queue.unshuffled);
    if (taken === 'unfit') this.#options.onUnfit();
    if (taken !== 'taken') return;
    const { head, cmdId } = message;
    this.#waiting.forget({ seq: head.seq, ...(cmdId !== undefined && { cmdId }) });
    this.#tentative.saw(cmdId);
    this.#change();
  }

  #giveUp(dropped: Waiting): void {
    this.#told.adopt(dropped);
    this.#options.onGiveUp(dropped);
  }

  #change(): void {
    this.#state = this.#predicted();
    this.#options.onChange();
  }

  #predicted(): PlaybackState {
    const all: readonly Waiting[] = [...this.#tentative.all, ...this.#waiting.all];
    const inOrder = all.length < 2 ? all : all.toSorted((one, other) => one.atMs - other.atMs);
    const { state } = this.#told;
    return predict(state, state.clockId, inOrder);
  }
}

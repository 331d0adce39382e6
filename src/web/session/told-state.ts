import {
  emptyState,
  type PlaybackState,
  predict,
  type QueueItem,
  type ServerMessage,
  stateOf,
  type Waiting,
} from '../../playback/session/index.ts';
import type { Shelf } from './instance.ts';
import { keepState, keptState } from './kept-state.ts';

export type StateMessage = Extract<ServerMessage, { type: 'state' }>;

const KEEP_EVERY_MS = 2_000;
/** Of this page's own commands, whose sequences are remembered. */
const MOST_OWN_MOVES = 64;
/** Deeds that take the music from an output. */
const TAKING: ReadonlySet<string> = new Set(['handover', 'output.remove']);

export interface ToldStateOptions {
  readonly shelf: Shelf;
  readonly key: string;
  readonly defaultName: string;
  readonly instanceId: string;
  /** Log time less the time of day, as far as it is known. */
  readonly offsetMs: () => number;
}

/** What the server has told of one session; until it does, what it had told when this browser was here last. */
export class ToldState implements Disposable {
  /** As it was when the state was kept. */
  readonly keptOffsetMs: number;
  readonly #options: ToldStateOptions;
  #state: PlaybackState;
  #isTold = false;
  /** Of the last state in which this page was an output. */
  #outputSeq: number | undefined;
  #ownMoves = new Set<number>();
  #keeping: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ToldStateOptions) {
    this.#options = options;
    const kept = keptState(options.shelf, options.key);
    this.keptOffsetMs = kept?.offsetMs ?? 0;
    this.#state = kept?.state ?? emptyState(options.defaultName);
  }

  get state(): PlaybackState {
    return this.#state;
  }

  get isTold(): boolean {
    return this.#isTold;
  }

  /** True where the main deck was moved by what was asked for on this page. */
  isOwnMove(mainSeq: number): boolean {
    return this.#ownMoves.has(mainSeq);
  }

  /** True where this page was an output, is none any more, and nobody has taken the music from it. */
  get hasLostOutput(): boolean {
    const { outputs, deeds } = this.#state;
    const since = this.#outputSeq;
    if (!this.#isTold || since === undefined) return false;
    const isOutput = outputs.some(({ outputId }) => outputId === this.#options.instanceId);
    return !isOutput && !deeds.some(({ seq, type }) => seq > since && TAKING.has(type));
  }

  /** `unshuffled`: the order from before a shuffle, which is known where it was shuffled, and nowhere else. */
  take(
    { head, queue, cmdId }: StateMessage,
    unshuffled: readonly string[] = [],
  ): 'taken' | 'stale' | 'unfit' {
    if (this.#isTold && head.seq < this.#state.seq) return 'stale';
    const { instanceId } = this.#options;
    const told = stateOf(head, queue, this.#state);
    if (!told) return 'unfit';
    if (cmdId?.startsWith(`${instanceId}.`)) this.noteOwn(head.seq);
    const items = sameItems(this.#state.queue.items, told.queue.items);
    this.#state = { ...told, queue: { ...told.queue, items, ...(head.queue.isShuffled && { unshuffled }) } };
    this.#isTold = true;
    if (told.outputs.some(({ outputId }) => outputId === instanceId)) this.#outputSeq = told.seq;
    this.#keeping ??= setTimeout(() => this.keep(), KEEP_EVERY_MS);
    return 'taken';
  }

  /** Where the log has a command of this page. */
  noteOwn(seq: number): void {
    this.#ownMoves = new Set([...this.#ownMoves, seq].slice(-MOST_OWN_MOVES));
  }

  /** A command that will not be sent: what it did here stays until a server tells otherwise. */
  adopt(givenUp: Waiting): void {
    this.#state = predict(this.#state, this.#state.clockId, [givenUp]);
    this.doubt();
  }

  /** The next state counts, whatever its sequence. */
  doubt(): void {
    this.#isTold = false;
  }

  /** Writes what is to be found again after a reload. */
  keep(): void {
    clearTimeout(this.#keeping);
    this.#keeping = undefined;
    const { shelf, key, offsetMs } = this.#options;
    if (this.#isTold) keepState(shelf, key, { state: this.#state, offsetMs: offsetMs() });
  }

  [Symbol.dispose](): void {
    this.keep();
  }
}

/** What was there before, where it is equal: whoever shows it has nothing to do. */
function sameItems(before: readonly QueueItem[], after: readonly QueueItem[]): readonly QueueItem[] {
  const isSame =
    before.length === after.length &&
    before.every(({ itemId, durationMs }, at) => {
      const other = after[at];
      return itemId === other?.itemId && durationMs === other.durationMs;
    });
  return isSame ? before : after;
}

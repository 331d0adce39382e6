import {
  type Action,
  advance,
  type Command,
  emptyState,
  type LogEntry,
  type OutputReport,
  type PlaybackState,
  type PresentDevice,
  predict,
  type QueueItem,
  type RefusalReason,
  type ServerMessage,
  stateOf,
  type Waiting,
} from '../../playback/session/index.ts';
import type { Instance, Shelf } from './instance.ts';
import { keepState, keptState } from './kept-state.ts';
import { SessionLink } from './link.ts';
import type { OpenSocket } from './socket.ts';
import { WaitingCommands } from './waiting-commands.ts';

export const MAIN_SESSION = 'main';
/** What another device wants is shown before the log has it, but not for longer. */
const TENTATIVE_MS = 10_000;
/** The log did not answer. */
const SEND_AGAIN_MS = 1_000;
const KEEP_EVERY_MS = 2_000;
/** Of this page's own commands, whose sequences are remembered. */
const MOST_OWN_MOVES = 64;
/** After an evening without a server, no more than a server takes of one device. */
const MOST_AT_ONCE = 40;
const AT_ONCE_EVERY_MS = 1_000;
/** For answers that come right behind a state. */
const HOLD_MS = 500;
const MOST_HELD = 64;
/** Deeds that take the music from an output. */
const TAKING: ReadonlySet<string> = new Set(['handover', 'output.remove']);

type StateMessage = Extract<ServerMessage, { type: 'state' }>;

export interface Refused {
  readonly command: Command;
  /** `no-room`: it was given up here, before the log saw it. */
  readonly reason: RefusalReason | 'no-room';
  /** Since it was given here. */
  readonly afterMs: number;
}

export interface SessionClientOptions {
  readonly instance: Instance;
  readonly openSocket: OpenSocket;
  readonly ticket: () => Promise<string>;
  /** Of the device, for people. */
  readonly name: string;
  readonly shelf: Shelf;
  readonly scope: string;
  readonly sessionId: string;
  readonly defaultName: string;
  readonly nowMs: () => number;
  readonly timeOfDayMs: () => number;
  readonly random: () => number;
  readonly report: () => OutputReport | undefined;
}

/**
 * A device's view of one playback session: what the server told, and over it, folded by the same code, what waits. All that
 * is asked for shows at once, with a server or without; what the log then refuses vanishes again, and is told.
 */
export class SessionClient implements Disposable {
  readonly #options: SessionClientOptions;
  readonly #link: SessionLink;
  readonly #listeners = new Set<() => void>();
  readonly #refusedListeners = new Set<(refused: Refused) => void>();
  #sessionId: string;
  #base: PlaybackState;
  /** Log time less the time of day, where no server has been asked yet. */
  #offsetMs = 0;
  #logId: string | undefined;
  #isTold = false;
  #isResyncing = false;
  #waiting: WaitingCommands;
  /** On this connection. */
  readonly #sent = new Set<string>();
  /** Given here, and told of by none: a state may be told before what became of the command that it came from. */
  readonly #unjudged = new Map<string, Waiting>();
  #tentative: readonly (LogEntry & { readonly heardMs: number })[] = [];
  #state: PlaybackState;
  #revision = 0;
  #held: readonly StateMessage[] = [];
  #holding: ReturnType<typeof setTimeout> | undefined;
  #devices: readonly PresentDevice[] | undefined;
  /** Of the last state in which this page was an output. */
  #ownSeq: number | undefined;
  #ownMoves = new Set<number>();
  /** Between a failure and the next try nothing is sent, so that the order stays. */
  #pausing: ReturnType<typeof setTimeout> | undefined;
  #keeping: ReturnType<typeof setTimeout> | undefined;
  #expiring: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SessionClientOptions) {
    this.#options = options;
    this.#sessionId = options.sessionId;
    this.#waiting = this.#openWaiting();
    this.#base = this.#restore();
    this.#state = this.#predicted();
    const { openSocket, ticket, report, nowMs, random, instance, name } = options;
    this.#link = new SessionLink({
      openSocket,
      ticket,
      report,
      nowMs,
      random,
      self: () => ({ instanceId: instance.instanceId, name, kind: 'page', sessionId: this.#sessionId }),
      onMessage: (message) => this.#hear(message),
      onChange: () => this.#onLink(),
    });
  }

  get instanceId(): string {
    return this.#options.instance.instanceId;
  }

  get name(): string {
    return this.#options.name;
  }

  get sessionId(): string {
    return this.#sessionId;
  }

  /** With all that waits. Exchanged as a whole at each change; `view` brings it up to a moment. */
  get state(): PlaybackState {
    return this.#state;
  }

  /** Where the session is by now. */
  view(): PlaybackState {
    return advance(this.#state, this.logNowMs());
  }

  /** True once the server has told of this session. */
  get isTold(): boolean {
    return this.#isTold;
  }

  get isOnline(): boolean {
    return this.#link.isOpen;
  }

  get waitingCount(): number {
    return this.#waiting.all.length;
  }

  /** Those that are there now. */
  get devices(): readonly PresentDevice[] {
    return this.#devices ?? [];
  }

  /** True where the main deck was moved last by what was asked for here. */
  get isOwnMove(): boolean {
    return this.#ownMoves.has(this.#state.mainSeq);
  }

  /** What of this page is on its way to the log, of these types. */
  hasWaiting(...types: readonly Action['type'][]): boolean {
    return this.#waiting.all.some(({ command }) => types.includes(command.action.type));
  }

  /** False for an output whose device is away; without a server, for all. */
  isThere(outputId: string): boolean {
    if (!this.isOnline) return false;
    return this.#devices?.some(({ instanceId }) => instanceId === outputId) ?? true;
  }

  /** True where this page was an output until it could not be reached: nobody has taken the music from it. */
  get isLost(): boolean {
    const { outputs, deeds } = this.#base;
    if (!this.isOnline || !this.#isTold || this.#ownSeq === undefined) return false;
    const isOutput = outputs.some(({ outputId }) => outputId === this.instanceId);
    const since = this.#ownSeq;
    return !isOutput && !deeds.some(({ seq, type }) => seq > since && TAKING.has(type));
  }

  /** How far log time may be from what is taken for it. */
  uncertaintyMs(): number {
    return this.#link.clock.isKnown ? this.#link.clock.uncertaintyMs(this.#options.nowMs()) : 0;
  }

  get clock(): SessionLink['clock'] {
    return this.#link.clock;
  }

  logNowMs(): number {
    const { nowMs, timeOfDayMs } = this.#options;
    const { clock } = this.#link;
    return clock.isKnown ? clock.serverMs(nowMs()) : timeOfDayMs() + this.#offsetMs;
  }

  /** Rises with each change of anything that is told here. */
  get revision(): number {
    return this.#revision;
  }

  /** Calls back after each change; answers the unsubscriber. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Of commands of this page that were not applied in the end. */
  onRefused(listener: (refused: Refused) => void): () => void {
    this.#refusedListeners.add(listener);
    return () => this.#refusedListeners.delete(listener);
  }

  /** Applies it here, and sends it, now or when there is a server. */
  send(action: Action, only?: Command['only']): string {
    const { instance, name } = this.#options;
    const cmdId = `${instance.instanceId}.${instance.nextNumber()}`;
    const command: Command = { cmdId, action, ...(only && { only }) };
    // What was given later stays later, also when the time becomes known between the two.
    const atMs = Math.max(this.logNowMs(), this.#waiting.all.at(-1)?.atMs ?? 0);
    this.#waiting.add({ command, by: name, atMs });
    if (this.#pausing === undefined) this.#sendMore();
    this.#change();
    return cmdId;
  }

  /** Another session from now on. What waits for the one before is kept for when it is watched again. */
  watch(sessionId: string): void {
    if (sessionId === this.#sessionId) return;
    this.#keep();
    this.#sessionId = sessionId;
    this.#waiting = this.#openWaiting();
    this.#tentative = [];
    this.#held = [];
    this.#isTold = false;
    this.#base = this.#restore();
    this.#link.send({ type: 'watch', sessionId });
    this.#sendWaiting();
    this.#change();
  }

  wake(): void {
    this.#link.wake();
  }

  beat(): void {
    this.#link.beat();
  }

  /** Writes what is to be found again after a reload. */
  keepNow(): void {
    this.#keep();
  }

  [Symbol.dispose](): void {
    this.#keep();
    clearTimeout(this.#pausing);
    clearTimeout(this.#expiring);
    clearTimeout(this.#holding);
    this.#link[Symbol.dispose]();
    this.#listeners.clear();
    this.#refusedListeners.clear();
  }

  #openWaiting(): WaitingCommands {
    const { shelf, scope } = this.#options;
    return new WaitingCommands({
      shelf,
      key: `${scope} ${this.instanceId} ${this.#sessionId} waiting`,
      onDrop: (dropped) => this.#giveUp(dropped),
    });
  }

  /** What there is no room for is not sent any more; what it did here stays until a server tells otherwise. */
  #giveUp(dropped: Waiting): void {
    this.#base = predict(this.#base, this.#base.clockId, [dropped]);
    this.#isTold = false;
    this.#tellRefused(dropped, 'no-room');
  }

  #restore(): PlaybackState {
    const { shelf, scope, defaultName } = this.#options;
    const kept = keptState(shelf, `${scope} ${this.#sessionId} state`);
    this.#offsetMs = kept?.offsetMs ?? 0;
    return kept?.state ?? emptyState(defaultName);
  }

  #onLink(): void {
    if (this.#link.isOpen) this.#sendWaiting();
    else {
      this.#devices = undefined;
      this.#takeHeld();
    }
    this.#tell();
  }

  /** All that the log may not have, in order. */
  #sendWaiting(): void {
    this.#sent.clear();
    this.#sendMore();
  }

  #sendMore(): void {
    clearTimeout(this.#pausing);
    this.#pausing = undefined;
    const left = this.#waiting.unsent.filter(({ command }) => !this.#sent.has(command.cmdId));
    for (const one of left.slice(0, MOST_AT_ONCE)) {
      const { command } = one;
      this.#sent.add(command.cmdId);
      this.#unjudged.set(command.cmdId, one);
      this.#link.send({ type: 'command', ...command });
    }
    if (left.length > MOST_AT_ONCE) this.#pausing = setTimeout(() => this.#sendMore(), AT_ONCE_EVERY_MS);
  }

  #hear(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        // Another log counts anew.
        if (message.logId !== this.#logId) this.#isTold = false;
        this.#logId = message.logId;
        this.#isResyncing = false;
        return;
      case 'state':
        if (message.sessionId === this.#sessionId) this.#hearState(message);
        return;
      case 'outcome':
        this.#settle(message);
        return;
      case 'failed':
        this.#pausing ??= setTimeout(() => this.#sendWaiting(), SEND_AGAIN_MS);
        return;
      case 'tentative':
        if (message.sessionId !== this.#sessionId) return;
        this.#tentative = [...this.#tentative, { ...message.entry, heardMs: this.#options.nowMs() }];
        this.#change();
        return;
      case 'presence':
        this.#devices = message.devices;
        this.#tell();
        return;
      default:
    }
  }

  /**
   * A state of several records does not say whose they are. With commands of this page on their way it waits for what
   * became of them: one that it has in it would else be applied twice.
   */
  #hearState(told: StateMessage): void {
    this.#held = [...this.#held, told];
    const isClear = this.#held.length === 1 && told.cmdId !== undefined;
    if (isClear || this.#waiting.unsent.length === 0 || this.#held.length > MOST_HELD) this.#takeHeld();
    else this.#holding ??= setTimeout(() => this.#takeHeld(), HOLD_MS);
  }

  #takeHeld(): void {
    clearTimeout(this.#holding);
    this.#holding = undefined;
    const held = this.#held;
    this.#held = [];
    for (const told of held) this.#take(told);
  }

  #take({ head, queue, cmdId }: StateMessage): void {
    if (this.#isTold && head.seq < this.#base.seq) return;
    const told = stateOf(head, queue, this.#base);
    if (!told) {
      if (!this.#isResyncing) this.#link.send({ type: 'resync' });
      this.#isResyncing = true;
      return;
    }
    this.#isResyncing = false;
    if (cmdId?.startsWith(`${this.instanceId}.`)) this.#noteMove(head.seq);
    // The order from before a shuffle is known where it was shuffled, and nowhere else.
    const { unshuffled = [] } = this.#state.queue;
    const items = sameItems(this.#base.queue.items, told.queue.items);
    this.#base = { ...told, queue: { ...told.queue, items, ...(head.queue.isShuffled && { unshuffled }) } };
    this.#isTold = true;
    if (told.outputs.some(({ outputId }) => outputId === this.instanceId)) this.#ownSeq = told.seq;
    this.#waiting.forget({ seq: head.seq, ...(cmdId !== undefined && { cmdId }) });
    // A head of several records does not say which: what was announced before is most likely in it.
    this.#tentative =
      cmdId === undefined ? [] : this.#tentative.filter(({ command }) => command.cmdId !== cmdId);
    this.#keepSoon();
    this.#change();
  }

  #settle({ cmdId, seq, refused }: Extract<ServerMessage, { type: 'outcome' }>): void {
    this.#noteMove(seq);
    const given = this.#unjudged.get(cmdId);
    this.#unjudged.delete(cmdId);
    this.#sent.delete(cmdId);
    if (refused === undefined) {
      this.#waiting.settle(cmdId, seq);
      this.#waiting.forget({ seq: this.#base.seq });
    } else {
      this.#waiting.drop(cmdId);
      // A copy of what was applied before is nobody's loss.
      if (given && refused !== 'duplicate') this.#tellRefused(given, refused);
    }
    if (this.#waiting.unsent.length === 0) this.#takeHeld();
    this.#change();
  }

  #noteMove(seq: number): void {
    this.#ownMoves = new Set([...this.#ownMoves, seq].slice(-MOST_OWN_MOVES));
  }

  #tell(): void {
    this.#revision++;
    for (const listener of this.#listeners) listener();
  }

  #tellRefused({ command, atMs }: Waiting, reason: Refused['reason']): void {
    const refused = { command, reason, afterMs: this.logNowMs() - atMs };
    for (const listener of this.#refusedListeners) listener(refused);
  }

  #change(): void {
    this.#state = this.#predicted();
    this.#tell();
  }

  #predicted(): PlaybackState {
    const nowMs = this.#options.nowMs();
    this.#tentative = this.#tentative.filter(({ heardMs }) => nowMs - heardMs < TENTATIVE_MS);
    const [oldest] = this.#tentative;
    clearTimeout(this.#expiring);
    if (oldest) this.#expiring = setTimeout(() => this.#change(), oldest.heardMs + TENTATIVE_MS - nowMs);
    const all: readonly Waiting[] = [...this.#tentative, ...this.#waiting.all];
    const inOrder = all.length < 2 ? all : all.toSorted((one, other) => one.atMs - other.atMs);
    return predict(this.#base, this.#base.clockId, inOrder);
  }

  #keepSoon(): void {
    this.#keeping ??= setTimeout(() => this.#keep(), KEEP_EVERY_MS);
  }

  #keep(): void {
    clearTimeout(this.#keeping);
    this.#keeping = undefined;
    const { shelf, scope, timeOfDayMs } = this.#options;
    if (!this.#isTold) return;
    const offsetMs = this.logNowMs() - timeOfDayMs();
    keepState(shelf, `${scope} ${this.#sessionId} state`, { state: this.#base, offsetMs });
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

import {
  type Action,
  advance,
  type Command,
  type OutputReport,
  type PlaybackState,
  type PresentDevice,
  type RefusalReason,
  type ServerMessage,
  type Waiting,
} from '../../playback/session/index.ts';
import type { Instance, Shelf } from './instance.ts';
import { SessionLink } from './link.ts';
import { Outbox } from './outbox.ts';
import { SessionView } from './session-view.ts';
import type { OpenSocket } from './socket.ts';

export const MAIN_SESSION = 'main';

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
 * A device in a playback session: all that is asked for shows at once, with a server or without; what the log then
 * refuses vanishes again, and is told.
 */
export class SessionClient implements Disposable {
  readonly #options: SessionClientOptions;
  readonly #link: SessionLink;
  readonly #outbox: Outbox;
  readonly #listeners = new Set<() => void>();
  readonly #refusedListeners = new Set<(refused: Refused) => void>();
  #name: string;
  #session: SessionView;
  #logId: string | undefined;
  #isResyncing = false;
  #devices: readonly PresentDevice[] | undefined;
  #revision = 0;

  constructor(options: SessionClientOptions) {
    const { openSocket, ticket, report, nowMs, random, instance } = options;
    this.#options = options;
    this.#name = options.name;
    this.#session = this.#open(options.sessionId);
    this.#outbox = new Outbox({
      unsent: () => this.#session.unsent,
      send: (command) => this.#link.send({ type: 'command', ...command }),
    });
    this.#link = new SessionLink({
      openSocket,
      ticket,
      report,
      nowMs,
      random,
      self: () => ({
        instanceId: instance.instanceId,
        name: this.#name,
        kind: 'page',
        sessionId: this.sessionId,
      }),
      onMessage: (message) => this.#hear(message),
      onChange: () => this.#onLink(),
    });
  }

  get instanceId(): string {
    return this.#options.instance.instanceId;
  }

  get name(): string {
    return this.#name;
  }

  get sessionId(): string {
    return this.#session.sessionId;
  }

  /** With all that waits. Exchanged as a whole at each change; `view` brings it up to a moment. */
  get state(): PlaybackState {
    return this.#session.state;
  }

  /** Where the session is by now. */
  view(): PlaybackState {
    return advance(this.state, this.logNowMs());
  }

  /** True once the server has told of this session. */
  get isTold(): boolean {
    return this.#session.isTold;
  }

  get isOnline(): boolean {
    return this.#link.isOpen;
  }

  get waitingCount(): number {
    return this.#session.waiting.length;
  }

  /** Those that are there now. */
  get devices(): readonly PresentDevice[] {
    return this.#devices ?? [];
  }

  /** True where the main deck was moved last by what was asked for here. */
  get isOwnMove(): boolean {
    return this.#session.isOwnMove;
  }

  /** What of this page is on its way to the log, of these types. */
  hasWaiting(...types: readonly Action['type'][]): boolean {
    return this.#session.waiting.some(({ command }) => types.includes(command.action.type));
  }

  /** False for an output whose device is away; without a server, for all. */
  isThere(outputId: string): boolean {
    if (!this.isOnline) return false;
    return this.#devices?.some(({ instanceId }) => instanceId === outputId) ?? true;
  }

  /** True where this page was an output until it could not be reached: nobody has taken the music from it. */
  get isLost(): boolean {
    return this.isOnline && this.#session.hasLostOutput;
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
    return clock.isKnown ? clock.serverMs(nowMs()) : timeOfDayMs() + this.#session.keptOffsetMs;
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
    const { instance } = this.#options;
    const cmdId = `${instance.instanceId}.${instance.nextNumber()}`;
    const command: Command = { cmdId, action, ...(only && { only }) };
    this.#session.add({ command, by: this.#name, atMs: this.logNowMs() });
    this.#outbox.sendMore();
    return cmdId;
  }

  /** Another session from now on. What waits for the one before is kept for when it is watched again. */
  watch(sessionId: string): void {
    if (sessionId === this.sessionId) return;
    this.#session[Symbol.dispose]();
    this.#session = this.#open(sessionId);
    this.#link.send({ type: 'watch', sessionId });
    this.#outbox.sendAll();
    this.#tell();
  }

  /** Of this device from now on, for people. */
  rename(name: string): void {
    this.#name = name;
    const isOutput = this.state.outputs.some(({ outputId }) => outputId === this.instanceId);
    if (isOutput) this.send({ type: 'output.change', outputId: this.instanceId, name });
    this.#link.greetAgain();
    this.#tell();
  }

  wake(): void {
    this.#link.wake();
  }

  beat(): void {
    this.#link.beat();
  }

  /** Writes what is to be found again after a reload. */
  keepNow(): void {
    this.#session.keep();
  }

  [Symbol.dispose](): void {
    for (const part of [this.#session, this.#outbox, this.#link]) part[Symbol.dispose]();
    this.#listeners.clear();
    this.#refusedListeners.clear();
  }

  #open(sessionId: string): SessionView {
    const { shelf, scope, defaultName, nowMs, timeOfDayMs } = this.#options;
    return new SessionView({
      sessionId,
      instanceId: this.instanceId,
      shelf,
      scope,
      defaultName,
      nowMs,
      offsetMs: () => this.logNowMs() - timeOfDayMs(),
      onChange: () => this.#tell(),
      onGiveUp: (givenUp) => this.#tellRefused(givenUp, 'no-room'),
      onUnfit: () => {
        if (!this.#isResyncing) this.#link.send({ type: 'resync' });
        this.#isResyncing = true;
      },
    });
  }

  #onLink(): void {
    if (this.#link.isOpen) this.#outbox.sendAll();
    else {
      this.#devices = undefined;
      this.#session.release();
    }
    this.#tell();
  }

  #hear(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        if (message.logId !== this.#logId) this.#session.doubt();
        this.#logId = message.logId;
        this.#isResyncing = false;
        return;
      case 'state':
        // The whole queue, as it was asked for.
        if (message.queue && message.queue.from === undefined) this.#isResyncing = false;
        if (message.sessionId === this.sessionId) this.#session.hear(message);
        return;
      case 'outcome':
        this.#settle(message);
        return;
      case 'failed':
        this.#outbox.sendAgain();
        return;
      case 'tentative':
        if (message.sessionId === this.sessionId) this.#session.announce(message.entry);
        return;
      case 'presence':
        this.#devices = message.devices;
        this.#tell();
        return;
      default:
    }
  }

  #settle(outcome: Extract<ServerMessage, { type: 'outcome' }>): void {
    const { cmdId, refused } = outcome;
    const given = this.#outbox.settle(cmdId);
    this.#session.settle(outcome);
    // A copy of what was applied before is nobody's loss.
    if (given && refused !== undefined && refused !== 'duplicate') this.#tellRefused(given, refused);
  }

  #tell(): void {
    this.#revision++;
    for (const listener of this.#listeners) listener();
  }

  #tellRefused({ command, atMs }: Waiting, reason: Refused['reason']): void {
    const refused = { command, reason, afterMs: this.logNowMs() - atMs };
    for (const listener of this.#refusedListeners) listener(refused);
  }
}

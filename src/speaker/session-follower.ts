import {
  type Action,
  type ClockEstimate,
  type CloseReason,
  type Command,
  type NewOutput,
  type Output,
  type OutputReport,
  type Place,
  type PlaybackState,
  type ServerMessage,
  staying,
  stateOf,
} from '../playback/session/index.ts';
import { SessionLink } from './session-link.ts';

/** The log did not answer. */
const SEND_AGAIN_MS = 1_000;
/** Who leaves waits no longer for the log to have it. */
const FAREWELL_MS = 2_000;
/** Deeds that take the music from an output. */
const TAKING: ReadonlySet<string> = new Set(['handover', 'output.remove']);

/** Who the speaker is for its sessions. */
export interface Identity {
  readonly instanceId: string;
  readonly name: string;
  /** Numbers its commands, on from where an earlier process left off. */
  readonly nextNumber: () => number;
}

export interface SessionFollowerOptions {
  readonly address: string;
  readonly ticket: () => Promise<string>;
  readonly isFinal: (error: unknown) => boolean;
  readonly identity: Identity;
  readonly sessionId: string;
  readonly report: () => OutputReport | undefined;
  /** What it joins as, and where it sounds, where it was lost and has played on. */
  readonly newOutput: () => NewOutput;
  readonly place: () => Place | undefined;
  readonly onChange: () => void;
  readonly onLink: (isOpen: boolean) => void;
  readonly onRefused: (why: CloseReason | Error) => void;
}

/** A playback session, as an output sees it that asks for little itself. */
export class SessionFollower implements AsyncDisposable {
  readonly #options: SessionFollowerOptions;
  readonly #link: SessionLink;
  /** What of this speaker the log may not have yet, in order. */
  readonly #unjudged = new Map<string, Command>();
  #state: PlaybackState | undefined;
  #logId: string | undefined;
  /** On this connection. */
  #isTold = false;
  /** Of the last state in which it was an output. */
  #ownSeq: number | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #judged = Promise.withResolvers<void>();

  constructor(options: SessionFollowerOptions) {
    this.#options = options;
    const { address, ticket, isFinal, identity, sessionId, report, onRefused } = options;
    const { instanceId, name } = identity;
    this.#link = new SessionLink({
      address,
      ticket,
      isFinal,
      hello: { instanceId, name, kind: 'speaker', sessionId },
      report,
      onRefused,
      onMessage: (message) => this.#hear(message),
      onOpen: () => {
        this.#isTold = false;
        options.onLink(true);
        for (const command of this.#unjudged.values()) this.#link.send({ type: 'command', ...command });
      },
      onLost: () => options.onLink(false),
    });
  }

  get state(): PlaybackState | undefined {
    return this.#state;
  }

  /** The speaker among the outputs, also while it leaves to another one. */
  get own(): Output | undefined {
    const { instanceId } = this.#options.identity;
    return this.#state?.outputs.find(({ outputId }) => outputId === instanceId);
  }

  get isAlone(): boolean {
    return this.#state !== undefined && staying(this.#state.outputs).length < 2;
  }

  get isOnline(): boolean {
    return this.#link.isOpen && this.#isTold;
  }

  /**
   * The clock of the times in the state. After a restart of the server they are on the line of the one before, until somebody does
   * something.
   */
  get clock(): ClockEstimate | undefined {
    return (this.#state && this.#link.clockOf(this.#state.clockId)) ?? this.#link.clock;
  }

  /** True where the times of the state are on the line of the server that is there. */
  get isOnLine(): boolean {
    return this.#state !== undefined && this.#link.clockOf(this.#state.clockId) === this.#link.clock;
  }

  send(action: Action, only?: Command['only']): void {
    const { instanceId, nextNumber } = this.#options.identity;
    const command: Command = { cmdId: `${instanceId}.${nextNumber()}`, action, ...(only && { only }) };
    this.#unjudged.set(command.cmdId, command);
    this.#link.send({ type: 'command', ...command });
  }

  /** Stops being an output; the log has it by then, if there is a server. */
  async leave(): Promise<void> {
    if (!this.own || !this.isOnline) return;
    this.#judged = Promise.withResolvers();
    this.#ownSeq = undefined;
    this.send({ type: 'output.remove', outputId: this.#options.identity.instanceId });
    const late = setTimeout(() => this.#judged.resolve(), FAREWELL_MS);
    await this.#judged.promise;
    clearTimeout(late);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#again);
    this.#link[Symbol.dispose]();
  }

  #hear(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        // Another log counts anew.
        if (message.logId !== this.#logId) this.#ownSeq = undefined;
        this.#logId = message.logId;
        return;
      case 'state':
        if (message.sessionId === this.#options.sessionId) this.#take(message);
        return;
      case 'outcome':
        this.#unjudged.delete(message.cmdId);
        if (this.#unjudged.size === 0) this.#judged.resolve();
        return;
      case 'failed': {
        const command = this.#unjudged.get(message.cmdId);
        if (!command) return;
        clearTimeout(this.#again);
        // In their order, and under their own ids, as often as it takes.
        this.#again = setTimeout(() => {
          for (const one of this.#unjudged.values()) this.#link.send({ type: 'command', ...one });
        }, SEND_AGAIN_MS);
        return;
      }
      default:
    }
  }

  #take({ head, queue }: Extract<ServerMessage, { type: 'state' }>): void {
    const told = stateOf(head, queue, this.#state);
    if (!told) {
      this.#link.send({ type: 'resync' });
      return;
    }
    // Where it sounds is known of the state that it plays by.
    const place = this.#isTold || this.#ownSeq === undefined ? undefined : this.#options.place();
    const isFirst = !this.#isTold;
    this.#state = told;
    this.#isTold = true;
    if (this.own) this.#ownSeq = told.seq;
    else if (isFirst) this.#resume(told, place);
    this.#options.onChange();
  }

  /** It was taken for lost while nobody could say otherwise, and nobody has taken the music from it: it goes on. */
  #resume({ deeds }: PlaybackState, place: Place | undefined): void {
    const since = this.#ownSeq;
    this.#ownSeq = undefined;
    if (since === undefined || deeds.some(({ seq, type }) => seq > since && TAKING.has(type))) return;
    this.send({ type: 'output.add', output: this.#options.newOutput(), ...(place && { resume: place }) });
  }
}

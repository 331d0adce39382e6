import {
  type Command,
  type LiveSession,
  type LogEntry,
  type PlaybackState,
  type Sent,
  type ServerMessage,
  type SessionKey,
  splitCmdId,
} from '../../playback/session/index.ts';
import { isLeased, Leases, type LostOutput } from './leases.ts';
import { stateText } from './state-text.ts';

/** A device that watches a session. */
export interface Watcher {
  readonly instanceId: string;
  /** Log time at which it was heard of last. */
  readonly heardMs: number;
  /** The session changed. */
  show(room: Room): void;
  /** Another device asked for something that the log does not have yet. */
  foretell(text: Buffer): void;
}

/** A session and the devices that watch it. What they are told is written once for all that were told the same before. */
export class Room implements Disposable {
  readonly #session: LiveSession;
  readonly #watchers = new Map<string, Watcher>();
  readonly #leases = new Leases();
  readonly #stopListening: (() => void)[];
  #told: PlaybackState;
  #step: { before: PlaybackState; after: PlaybackState; text?: Buffer } | undefined;
  #whole: { after: PlaybackState; text: Buffer } | undefined;
  #cmdId: string | undefined;
  #isTelling = false;

  constructor(session: LiveSession) {
    this.#session = session;
    this.#told = session.state;
    this.#stopListening = [
      session.onStep(({ record }) => {
        // What the log passes on at once is told at once: fifty skips in one moment are one message.
        this.#cmdId = this.#isTelling ? undefined : record?.command.cmdId;
        if (this.#isTelling) return;
        this.#isTelling = true;
        queueMicrotask(() => this.#tell());
      }),
      session.onTentative((entry) => this.#foretell(entry)),
    ];
  }

  get key(): SessionKey {
    return this.#session.key;
  }

  /** As it was told last: in between, there may be a newer one. */
  get state(): PlaybackState {
    return this.#told;
  }

  get isWatched(): boolean {
    return this.#watchers.size > 0;
  }

  /** True while an output in it may come back. */
  get isAwaited(): boolean {
    return this.#session.state.outputs.some(isLeased);
  }

  enter(watcher: Watcher): void {
    this.#watchers.set(watcher.instanceId, watcher);
    watcher.show(this);
  }

  leave(watcher: Watcher): void {
    const { instanceId, heardMs } = watcher;
    this.#leases.note(instanceId, heardMs);
    // One that was replaced leaves after the other has come.
    if (this.#watchers.get(instanceId) === watcher) this.#watchers.delete(instanceId);
  }

  send(command: Command, by: string, signal: AbortSignal): Promise<Sent> {
    return this.#session.send(command, by, signal);
  }

  /** What brings a device that was told `before` to `state`. */
  textFor(before: PlaybackState | undefined): Buffer {
    const { sessionId } = this.#session.key;
    const after = this.#told;
    if (before === undefined) {
      if (this.#whole?.after !== after) this.#whole = { after, text: stateText(sessionId, before, after) };
      return this.#whole.text;
    }
    const step = this.#step;
    if (step?.before !== before) return stateText(sessionId, before, after);
    step.text ??= stateText(sessionId, before, after, this.#cmdId);
    return step.text;
  }

  /** `heardElsewhereMs` answers for devices of other gateways. */
  overdue(
    { nowMs, leaseMs }: { readonly nowMs: number; readonly leaseMs: number },
    heardElsewhereMs: (instanceId: string) => number | undefined,
  ): readonly LostOutput[] {
    const heardMs = (instanceId: string) => {
      const hereMs = this.#watchers.get(instanceId)?.heardMs;
      const elsewhereMs = heardElsewhereMs(instanceId);
      return hereMs === undefined ? elsewhereMs : Math.max(hereMs, elsewhereMs ?? hereMs);
    };
    return this.#leases.overdue(this.#session.state.outputs, heardMs, { nowMs, leaseMs });
  }

  /** To be told of again. */
  stillLost(output: LostOutput): void {
    this.#leases.again(output);
  }

  [Symbol.dispose](): void {
    for (const stop of this.#stopListening) stop();
    this.#session[Symbol.dispose]();
  }

  #foretell(entry: LogEntry): void {
    const { sessionId } = this.#session.key;
    const { instanceId } = splitCmdId(entry.command.cmdId);
    const message: ServerMessage = { type: 'tentative', sessionId, entry };
    const text = Buffer.from(JSON.stringify(message));
    for (const watcher of this.#watchers.values())
      if (watcher.instanceId !== instanceId) watcher.foretell(text);
  }

  #tell(): void {
    this.#isTelling = false;
    const { state } = this.#session;
    this.#step = { before: this.#told, after: state };
    this.#whole = undefined;
    this.#told = state;
    for (const watcher of this.#watchers.values()) watcher.show(this);
  }
}

import {
  type ClientMessage,
  type ClockEstimate,
  ClockProbes,
  type CloseReason,
  type OutputReport,
  PROTOCOL,
  type ServerMessage,
} from '../playback/session/index.ts';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** A server that stops lets its devices go one after the other, and others are there for them. */
const ELSEWHERE_WAIT_MS = 100;
const WELCOME_WITHIN_MS = 10_000;
/** Probes are answered: after so long without a word there is nobody. */
const SILENT_AFTER_MS = 25_000;
/** A ticket is good for ten minutes. */
const RENEW_EVERY_MS = 4 * 60_000;
/** Reasons that are still there a moment later. */
const PATIENT: ReadonlySet<string> = new Set(['malformed', 'too-many-devices', 'too-many-messages']);
/** Reasons for which it does not come back. */
const FINAL: ReadonlySet<string> = new Set(['replaced', 'unknown-protocol']);

export interface SessionLinkOptions {
  /** Of the socket. */
  readonly address: string;
  /** A new one for each connection. Rejects for good only with a `ClefError` that is not retryable. */
  readonly ticket: () => Promise<string>;
  readonly isFinal: (error: unknown) => boolean;
  readonly hello: Omit<Extract<ClientMessage, { type: 'hello' }>, 'type' | 'protocol' | 'ticket'>;
  readonly report: () => OutputReport | undefined;
  readonly onMessage: (message: ServerMessage) => void;
  readonly onOpen: () => void;
  readonly onLost: () => void;
  /** It will not come back: why. */
  readonly onRefused: (why: CloseReason | Error) => void;
}

type Timer = ReturnType<typeof setTimeout>;
type Welcome = Extract<ServerMessage, { type: 'welcome' }>;

/** The way to the server: connects for as long as it lives, beats, and asks for the log's time. */
export class SessionLink implements Disposable {
  readonly #options: SessionLinkOptions;
  /** One for each time line that was met of late; what was measured on one says nothing of another. */
  readonly #probes = new Map<string, ClockProbes>();
  #socket: WebSocket | undefined;
  #welcome: Welcome | undefined;
  #failures = 0;
  #isSentElsewhere = false;
  #isClosed = false;
  #again: Timer | undefined;
  #silence: Timer | undefined;
  #beat: Timer | undefined;
  #renewal: Timer | undefined;

  constructor(options: SessionLinkOptions) {
    this.#options = options;
    this.#connect();
  }

  get isOpen(): boolean {
    return this.#welcome !== undefined;
  }

  /** What is known of a time line; undefined where nothing is. */
  clockOf(clockId: string): ClockEstimate | undefined {
    const clock = this.#probes.get(clockId)?.clock;
    return clock?.isKnown ? clock : undefined;
  }

  /** Of the server that is there, or was last. */
  get clock(): ClockEstimate | undefined {
    const clock = this.#newest?.clock;
    return clock?.isKnown ? clock : undefined;
  }

  /** False where nobody is there who could get it. */
  send(message: ClientMessage): boolean {
    if (!this.#welcome || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#drop();
    clearTimeout(this.#again);
  }

  #connect(): void {
    this.#again = undefined;
    this.#hearWithin(WELCOME_WITHIN_MS);
    this.#options.ticket().then(
      (ticket) => this.#open(ticket),
      (error: unknown) => {
        if (this.#options.isFinal(error)) this.#refuse(error as Error);
        else this.#retry();
      },
    );
  }

  #open(ticket: string): void {
    if (this.#isClosed || this.#socket || this.#again !== undefined) return;
    const socket = new WebSocket(this.#options.address);
    this.#socket = socket;
    const isCurrent = () => this.#socket === socket;
    socket.addEventListener('open', () => {
      const { hello } = this.#options;
      socket.send(JSON.stringify({ type: 'hello', protocol: PROTOCOL, ticket, ...hello }));
    });
    socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (isCurrent() && typeof data === 'string') this.#hear(data);
    });
    socket.addEventListener('close', () => {
      if (isCurrent()) this.#retry();
    });
    // What went wrong is told by the close that follows.
    socket.addEventListener('error', () => undefined);
  }

  #hear(text: string): void {
    this.#hearWithin(SILENT_AFTER_MS);
    const message = parse(text);
    if (!message) return;
    if (message.type === 'welcome') this.#begin(message);
    else if (message.type === 'probed') this.#newest?.take(message.id, message.atMs);
    else if (message.type === 'closing') this.#endFor(message.reason);
    else this.#options.onMessage(message);
  }

  #begin(welcome: Welcome): void {
    const { clockId } = welcome;
    const probes = this.#probes.get(clockId) ?? this.#newProbes();
    // The newest is the last.
    this.#probes.delete(clockId);
    this.#probes.set(clockId, probes);
    for (const old of [...this.#probes.keys()].slice(0, -2)) this.#probes.delete(old);
    this.#welcome = welcome;
    this.#failures = 0;
    probes.start();
    this.#beat = setInterval(() => this.beat(), welcome.beatMs);
    this.#renewal = setInterval(() => this.#renew(), RENEW_EVERY_MS);
    this.#options.onOpen();
  }

  /** Says that it is there, and how it sounds. */
  beat(): void {
    const report = this.#options.report();
    this.send({ type: 'beat', ...(report && { report }) });
  }

  #renew(): void {
    this.#options.ticket().then(
      (ticket) => this.send({ type: 'ticket', ticket }),
      // The server says when it wants no more of this connection.
      () => undefined,
    );
  }

  #endFor(reason: CloseReason): void {
    if (FINAL.has(reason)) this.#refuse(reason);
    if (reason === 'stopping') this.#isSentElsewhere = true;
    if (PATIENT.has(reason)) this.#failures = Math.ceil(Math.log2(LONGEST_WAIT_MS / FIRST_WAIT_MS));
  }

  #refuse(why: CloseReason | Error): void {
    if (this.#isClosed) return;
    this[Symbol.dispose]();
    this.#options.onRefused(why);
  }

  get #newest(): ClockProbes | undefined {
    return [...this.#probes.values()].at(-1);
  }

  #newProbes(): ClockProbes {
    return new ClockProbes({
      ask: (id) => this.send({ type: 'probe', id }),
      nowMs: () => performance.now(),
      onKnown: () => undefined,
    });
  }

  #hearWithin(ms: number): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#retry(), ms);
  }

  #retry(): void {
    const wasOpen = this.isOpen;
    this.#drop();
    if (this.#isClosed) return;
    const mostMs = this.#isSentElsewhere
      ? ELSEWHERE_WAIT_MS
      : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures++);
    this.#isSentElsewhere = false;
    // Half of it by chance, so that devices of a server that fell do not all come back at once.
    const waitMs = mostMs * (0.5 + Math.random() / 2);
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#connect(), waitMs);
    if (wasOpen) this.#options.onLost();
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#welcome = undefined;
    this.#newest?.stop();
    for (const timer of [this.#silence, this.#beat, this.#renewal]) clearTimeout(timer);
    socket?.close();
  }
}

/** What the speaker's own server says is believed, as a page believes it. */
function parse(text: string): ServerMessage | undefined {
  try {
    return JSON.parse(text) as ServerMessage;
  } catch {
    return undefined;
  }
}

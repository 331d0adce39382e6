import {
  type ClientMessage,
  ClockProbes,
  type CloseReason,
  type OutputReport,
  PROTOCOL,
  type ServerMessage,
} from '../../playback/session/index.ts';
import type { OpenSocket, Socket } from './socket.ts';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** A server that stops lets its devices go one after the other, and others are there for them. */
const ELSEWHERE_WAIT_MS = 100;
/** From the first try to connect until the server's welcome. */
const WELCOME_WITHIN_MS = 10_000;
/** Probes are answered: after so long without a word there is nobody. */
const SILENT_AFTER_MS = 25_000;
/** A ticket is good for ten minutes. */
const RENEW_EVERY_MS = 4 * 60_000;

export interface LinkOptions {
  readonly openSocket: OpenSocket;
  /** A new one for each connection. */
  readonly ticket: () => Promise<string>;
  /** Who says hello, and which session it watches. */
  readonly self: () => Omit<Extract<ClientMessage, { type: 'hello' }>, 'type' | 'protocol' | 'ticket'>;
  readonly report: () => OutputReport | undefined;
  /** Of a clock that no one sets. */
  readonly nowMs: () => number;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly onMessage: (message: ServerMessage) => void;
  /** It was welcomed, or is so no more. */
  readonly onChange: () => void;
}

/** Reasons that are still there a moment later. */
const PATIENT: ReadonlySet<string> = new Set([
  'malformed',
  'unknown-protocol',
  'too-many-devices',
  'too-many-messages',
]);

type Timer = ReturnType<typeof setTimeout>;
type Welcome = Extract<ServerMessage, { type: 'welcome' }>;

/** The way to the server: connects for as long as it lives, beats, and asks for the log's time. */
export class SessionLink implements Disposable {
  readonly #options: LinkOptions;
  readonly #probes: ClockProbes;
  #socket: Socket | undefined;
  #welcome: Welcome | undefined;
  #clockId: string | undefined;
  #failures = 0;
  #isSentElsewhere = false;
  #isReplaced = false;
  #isClosed = false;
  #again: Timer | undefined;
  #silence: Timer | undefined;
  #beat: ReturnType<typeof setInterval> | undefined;
  #renewal: ReturnType<typeof setInterval> | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#probes = new ClockProbes({
      ask: (id) => this.send({ type: 'probe', id }),
      nowMs: options.nowMs,
      onKnown: options.onChange,
    });
    this.#connect();
  }

  /** What is known of the log's time. */
  get clock(): ClockProbes['clock'] {
    return this.#probes.clock;
  }

  get isOpen(): boolean {
    return this.#welcome !== undefined;
  }

  /** Of the clock that stamps the log; undefined before the first welcome. */
  get clockId(): string | undefined {
    return this.#clockId;
  }

  /** False where nobody is there who could get it. */
  send(message: ClientMessage): boolean {
    if (!this.#welcome) return false;
    this.#socket?.send(JSON.stringify(message));
    return true;
  }

  /** Something has changed outside: the network is back, or the machine woke up. */
  wake(): void {
    if (this.#again === undefined) {
      // A connection that lived through it answers; another one is soon found out.
      if (this.isOpen) this.#probes.start();
      return;
    }
    this.#failures = 0;
    this.#connect();
  }

  /** Who says hello is another now. */
  greetAgain(): void {
    if (!this.isOpen) return;
    this.#drop();
    this.#connect();
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#drop();
    clearTimeout(this.#again);
  }

  #connect(): void {
    clearTimeout(this.#again);
    this.#again = undefined;
    if (this.#isClosed || this.#isReplaced) return;
    this.#hearWithin(WELCOME_WITHIN_MS);
    void this.#options.ticket().then(
      (ticket) => this.#open(ticket),
      () => this.#retry(),
    );
  }

  #open(ticket: string): void {
    if (this.#isClosed || this.#socket || this.#again !== undefined) return;
    const { openSocket, self, onMessage } = this.#options;
    let isCurrent = true;
    const socket = openSocket({
      onOpen: () => {
        const hello: ClientMessage = { type: 'hello', protocol: PROTOCOL, ticket, ...self() };
        if (isCurrent) socket.send(JSON.stringify(hello));
      },
      onText: (text) => {
        if (!isCurrent || this.#socket !== socket) return;
        this.#hearWithin(SILENT_AFTER_MS);
        const message = parse(text);
        if (!message) return;
        this.#hear(message);
        onMessage(message);
      },
      onClose: () => {
        const wasCurrent = isCurrent && this.#socket === socket;
        isCurrent = false;
        if (wasCurrent) this.#retry();
      },
    });
    this.#socket = socket;
  }

  #hear(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        this.#begin(message);
        break;
      case 'probed':
        this.#probes.take(message.id, message.atMs);
        break;
      case 'closing':
        this.#endFor(message.reason);
        break;
      default:
    }
  }

  #begin(welcome: Welcome): void {
    if (welcome.clockId !== this.#clockId) this.clock.reset();
    this.#clockId = welcome.clockId;
    this.#welcome = welcome;
    this.#failures = 0;
    this.#probes.start();
    clearInterval(this.#beat);
    this.#beat = setInterval(() => this.beat(), welcome.beatMs);
    clearInterval(this.#renewal);
    this.#renewal = setInterval(() => this.#renew(), RENEW_EVERY_MS);
    this.#options.onChange();
  }

  /** Says that it is there, and what it hears of itself. */
  beat(): void {
    const report = this.#options.report();
    this.send({ type: 'beat', ...(report && { report }) });
  }

  #renew(): void {
    void this.#options.ticket().then(
      (ticket) => this.send({ type: 'ticket', ticket }),
      // The server says when it wants no more of this connection.
      () => undefined,
    );
  }

  #endFor(reason: CloseReason): void {
    // Another page has this one's name: two that take it from each other in turn would help nobody.
    if (reason === 'replaced') this.#isReplaced = true;
    if (reason === 'stopping') this.#isSentElsewhere = true;
    if (PATIENT.has(reason)) this.#failures = Math.ceil(Math.log2(LONGEST_WAIT_MS / FIRST_WAIT_MS));
  }

  #hearWithin(ms: number): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#retry(), ms);
  }

  #retry(): void {
    this.#drop();
    if (this.#isClosed || this.#isReplaced) return;
    const mostMs = this.#isSentElsewhere
      ? ELSEWHERE_WAIT_MS
      : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures++);
    this.#isSentElsewhere = false;
    // Half of it by chance, so that devices of a server that fell do not all come back at once.
    const waitMs = mostMs * (0.5 + this.#options.random() / 2);
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#connect(), waitMs);
  }

  #drop(): void {
    const socket = this.#socket;
    const wasOpen = this.isOpen;
    this.#socket = undefined;
    this.#welcome = undefined;
    clearTimeout(this.#silence);
    this.#probes.stop();
    clearInterval(this.#beat);
    clearInterval(this.#renewal);
    socket?.close();
    if (wasOpen && !this.#isClosed) this.#options.onChange();
  }
}

/** What the page's own server says is believed, as its answers of the API are. */
function parse(text: string): ServerMessage | undefined {
  try {
    return JSON.parse(text) as ServerMessage;
  } catch {
    return undefined;
  }
}

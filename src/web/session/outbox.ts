import type { Command, Waiting } from '../../playback/session/index.ts';

/** The log did not answer. */
const SEND_AGAIN_MS = 1_000;
/** After an evening without a server, no more than a server takes of one device. */
const MOST_AT_ONCE = 40;
const AT_ONCE_EVERY_MS = 1_000;

export interface OutboxOptions {
  /** What the log may not have yet, in the order in which it was given. */
  readonly unsent: () => readonly Waiting[];
  readonly send: (command: Command) => void;
}

/** Sends what waits, in order: once on each connection, and again where the log did not answer. */
export class Outbox implements Disposable {
  readonly #options: OutboxOptions;
  /** On this connection. */
  readonly #sent = new Set<string>();
  /** What became of them was told by none: a state may be told before what became of the command that it came from. */
  readonly #unjudged = new Map<string, Waiting>();
  /** Until then nothing is sent, so that the order stays. */
  #pausing: ReturnType<typeof setTimeout> | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** On a new connection, and for another session. */
  sendAll(): void {
    this.#sent.clear();
    this.#send();
  }

  /** Something was added. */
  sendMore(): void {
    if (this.#pausing === undefined) this.#send();
  }

  /** The log did not answer one of them. */
  sendAgain(): void {
    this.#pausing ??= setTimeout(() => this.sendAll(), SEND_AGAIN_MS);
  }

  /** What became of a command is known. Answers the command where it was sent from here. */
  settle(cmdId: string): Waiting | undefined {
    const given = this.#unjudged.get(cmdId);
    this.#unjudged.delete(cmdId);
    this.#sent.delete(cmdId);
    return given;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#pausing);
  }

  #send(): void {
    clearTimeout(this.#pausing);
    this.#pausing = undefined;
    const { unsent, send } = this.#options;
    const left = unsent().filter(({ command }) => !this.#sent.has(command.cmdId));
    for (const one of left.slice(0, MOST_AT_ONCE)) {
      const { command } = one;
      this.#sent.add(command.cmdId);
      this.#unjudged.set(command.cmdId, one);
      send(command);
    }
    if (left.length > MOST_AT_ONCE) this.#pausing = setTimeout(() => this.#send(), AT_ONCE_EVERY_MS);
  }
}

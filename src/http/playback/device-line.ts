import type { WebSocket } from 'ws';
import { type CloseReason, closeCodes, type ServerMessage } from '../../playback/session/index.ts';

/** A device with more than this on the way to it takes nothing for now. */
const MOST_BUFFERED_BYTES = 256 * 2 ** 10;
/** What became of its commands, kept for a device that takes nothing for now. */
const MOST_ANSWERS = 1_024;
/** A device that takes nothing for so long is closed: it comes back, and has missed nothing. */
const MOST_BEHIND_MS = 30_000;

const TEXT = { binary: false, compress: false } as const;

export interface DeviceLineOptions {
  readonly socket: WebSocket;
  /** A clock that no one sets. */
  readonly nowMs: () => number;
  /** It takes more again, after something was not offered to it or was refused. */
  readonly onDrain: () => void;
}

/** What goes to one device: never more than it takes, but for a bounded number of answers. */
export class DeviceLine {
  readonly #socket: WebSocket;
  readonly #nowMs: () => number;
  readonly #onDrain: () => void;
  #answers: ServerMessage[] = [];
  #behindSinceMs: number | undefined;

  constructor({ socket, nowMs, onDrain }: DeviceLineOptions) {
    this.#socket = socket;
    this.#nowMs = nowMs;
    this.#onDrain = onDrain;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  get isTooSlow(): boolean {
    const isLate = this.#nowMs() - (this.#behindSinceMs ?? Number.POSITIVE_INFINITY) > MOST_BEHIND_MS;
    return isLate || this.#answers.length > MOST_ANSWERS;
  }

  /** False where the device takes nothing for now; `onDrain` is called once it does. */
  offer(text: () => Buffer | string): boolean {
    if (!this.isOpen) return false;
    if (this.#socket.bufferedAmount > MOST_BUFFERED_BYTES) {
      this.#behindSinceMs ??= this.#nowMs();
      return false;
    }
    this.#socket.send(text(), TEXT, this.#sent);
    return true;
  }

  /** Reaches the device, if it is late, as long as that does not leave. */
  answer(message: ServerMessage): void {
    if (this.#answers.length > 0 || !this.offer(() => JSON.stringify(message))) this.#answers.push(message);
  }

  ping(): void {
    if (this.isOpen) this.#socket.ping();
  }

  close(reason: CloseReason): void {
    closeSocket(this.#socket, reason);
  }

  /** Without a word: nobody is there any more. */
  cut(): void {
    this.#socket.terminate();
  }

  readonly #sent = (): void => {
    if (this.#behindSinceMs === undefined || this.#socket.bufferedAmount > MOST_BUFFERED_BYTES) return;
    this.#behindSinceMs = undefined;
    const answers = this.#answers;
    this.#answers = [];
    for (const answer of answers) this.answer(answer);
    this.#onDrain();
  };
}

/** Says why, in a message and in the close frame. */
export function closeSocket(socket: WebSocket, reason: CloseReason): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.send(JSON.stringify({ type: 'closing', reason } satisfies ServerMessage), TEXT);
  socket.close(closeCodes[reason], reason);
}

import type { Socket } from 'node:net';

/** Takes connections one at a time. */
export interface ConnectionTaker {
  /** True while it serves connections at all. */
  readonly isReady: boolean;
  /** True while one is on the way to it. */
  readonly isTaking: boolean;
  /** How many it has. */
  readonly connections: number;
  /** False where it ended before the connection was its own; it is not ready then, or it would be asked for ever. */
  take(socket: Socket): Promise<boolean>;
}

/** Connections that may wait for a taker; what comes then is served by whoever deals. */
const MAX_WAITING = 1_024;

/** Deals connections that nobody has read from yet to whoever has the fewest. */
export class ConnectionDealer {
  readonly #takers: readonly ConnectionTaker[];
  readonly #serveHere: (socket: Socket) => void;
  readonly #waiting: Socket[] = [];

  constructor(takers: readonly ConnectionTaker[], serveHere: (socket: Socket) => void) {
    this.#takers = takers;
    this.#serveHere = serveHere;
  }

  /** False where nobody is there to take it, or too many wait. */
  offer(socket: Socket): boolean {
    if (this.#waiting.length >= MAX_WAITING || !this.#takers.some(({ isReady }) => isReady)) return false;
    this.#waiting.push(socket);
    this.deal();
    return true;
  }

  /** To be called when a taker became ready, or ended. */
  deal(): void {
    while (this.#waiting.length > 0) {
      const ready = this.#takers.filter(({ isReady }) => isReady);
      if (ready.length === 0) {
        for (const socket of this.#waiting.splice(0)) this.#serveHere(socket);
        return;
      }
      const [taker] = ready.filter(({ isTaking }) => !isTaking).sort((a, b) => a.connections - b.connections);
      if (!taker) return;
      const socket = this.#waiting.shift();
      if (socket && !socket.destroyed) void this.#hand(socket, taker);
    }
  }

  async #hand(socket: Socket, taker: ConnectionTaker): Promise<void> {
    const isTaken = await taker.take(socket);
    // This process's end of it alone: the connection lives on where it was taken.
    if (isTaken) socket.destroy();
    else this.#waiting.unshift(socket);
    this.deal();
  }
}

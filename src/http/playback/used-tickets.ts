import type { SessionTicket } from './session-tickets.ts';

/** Beyond, none is taken: only a server of the library makes them. */
const MOST_USED = 262_144;

/** Tickets that were used here, for as long as they could be used again. */
export class UsedTickets {
  /** In the order of their use, in which they end but for a minute. */
  readonly #useByMs = new Map<string, number>();

  /** False for one that was used before. */
  take({ ticketId, useByMs }: Pick<SessionTicket, 'ticketId' | 'useByMs'>, nowMs: number): boolean {
    for (const [id, untilMs] of this.#useByMs) {
      if (untilMs > nowMs) break;
      this.#useByMs.delete(id);
    }
    if (this.#useByMs.has(ticketId) || this.#useByMs.size >= MOST_USED) return false;
    this.#useByMs.set(ticketId, useByMs);
    return true;
  }
}

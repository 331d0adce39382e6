import type { ReadyToPlay } from '../../api/reading.ts';
import type { SourceClock } from './clock.ts';
import { createSharedTasks } from './shared-tasks.ts';

/** An answer, and how long its ticket was good for when it came: the device's clock need not be the server's. */
export interface Answered {
  readonly answer: ReadyToPlay;
  readonly ticketLifetimeMs: number;
}

export interface Ticket {
  /** One that is good as far as is known. Asks for another where it is not, ahead of time where that is near. */
  current(signal: AbortSignal): Promise<string>;
  /** Asks for another than this one, which was refused. */
  renew(refused: string, signal: AbortSignal): Promise<void>;
}

/** The last part of its life, in which another is asked for while it still serves. */
const RENEWING_SHARE = 0.2;

/** `lifetimeMs` 0: the first is long over, as that of a kept track. `ask` retries by itself, and throws what lasts. */
export function createTicket(
  first: Answered,
  ask: (signal: AbortSignal) => Promise<Answered>,
  clock: SourceClock,
): Ticket {
  let ticket = first.answer.ticket;
  let lifetimeMs = first.ticketLifetimeMs;
  let endsAtMs = clock.nowMs() + lifetimeMs;

  const renewal = createSharedTasks(async (_: 'ticket', signal) => {
    const { answer, ticketLifetimeMs } = await ask(signal);
    ticket = answer.ticket;
    lifetimeMs = ticketLifetimeMs;
    endsAtMs = clock.nowMs() + lifetimeMs;
  });

  return {
    async current(signal) {
      const leftMs = endsAtMs - clock.nowMs();
      if (leftMs <= 0) await renewal.join('ticket', signal);
      else if (leftMs < lifetimeMs * RENEWING_SHARE) renewal.join('ticket', signal).catch(() => undefined);
      return ticket;
    },
    async renew(refused, signal) {
      if (refused === ticket) await renewal.join('ticket', signal);
    },
  };
}

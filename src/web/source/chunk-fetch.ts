import type { Bytes } from '../../core/index.ts';
import { isClefError } from '../../core/index.ts';
import { backoffMs, type SourceClock } from './clock.ts';
import { lastingKind, RequestFailure, TrackFault } from './faults.ts';
import type { Ticket } from './ticket.ts';

/** Failures of both routes before whoever waits is told: bytes that do not open, or nothing that answers. */
const TRIES = 3;
/** New tickets for one chunk: who is refused with a fresh one is refused. */
const RENEWALS = 2;

/** At most one in twenty requests is asked a second time only because it is late. */
export interface HedgeBudget {
  /** Called once a request. */
  earn(): void;
  /** True, and one less is left. */
  spend(): boolean;
}

export function createHedgeBudget(): HedgeBudget {
  const most = 2;
  let left = 1;
  return {
    earn() {
      left = Math.min(most, left + 0.05);
    },
    spend() {
      if (left < 1) return false;
      left--;
      return true;
    },
  };
}

export interface ChunkRoutes<Opened> {
  readonly trackId: string;
  readonly ticket: Ticket;
  readonly clock: SourceClock;
  readonly hedges: HedgeBudget;
  readonly column: (chunk: number, ticket: string, signal: AbortSignal, onLate: () => void) => Promise<Bytes>;
  readonly verified: (chunk: number, ticket: string, signal: AbortSignal) => Promise<Bytes>;
  /** Throws `decryption-failed` on bytes that are not the chunk. */
  readonly open: (chunk: number, sealed: Bytes) => Promise<Opened>;
}

/** Throws `TrackFault`, or the signal's reason. */
export async function fetchChunk<Opened>(
  routes: ChunkRoutes<Opened>,
  chunk: number,
  signal: AbortSignal,
): Promise<Opened> {
  const { trackId, ticket, clock } = routes;
  let renewals = 0;
  for (let attempt = 0; ; attempt++) {
    const presented = await ticket.current(signal);
    try {
      return await tryBothRoutes(routes, chunk, presented, signal);
    } catch (cause) {
      signal.throwIfAborted();
      const failure = cause instanceof RequestFailure ? cause : undefined;
      // What is no failed request, and no chunk that did not open, is a fault of our own.
      if (!failure && !isClefError(cause, 'decryption-failed')) throw cause;
      const kind = lastingKind(failure?.status ?? 0);
      if (kind) {
        if (renewals++ === RENEWALS) throw new TrackFault(kind, trackId, { cause });
        await ticket.renew(presented, signal);
        continue;
      }
      if (attempt - renewals + 1 === TRIES) {
        throw new TrackFault(failure?.passing ? 'offline' : 'damaged', trackId, { cause });
      }
    }
    await clock.wait(backoffMs(attempt, clock.random()), signal);
  }
}

/**
 * The first answer that opens. The verified route is asked as soon as the column's bytes are bad or do not come, and,
 * within the budget, where they are late. Rejects with what the verified route said: it speaks for all copies.
 */
function tryBothRoutes<Opened>(
  { hedges, column, verified, open }: ChunkRoutes<Opened>,
  chunk: number,
  ticket: string,
  signal: AbortSignal,
): Promise<Opened> {
  const done = new AbortController();
  const either = AbortSignal.any([signal, done.signal]);
  hedges.earn();
  return new Promise<Opened>((resolve, reject) => {
    let asked = false;
    let columnFailed = false;
    let verifiedFailure: unknown;
    const askVerified = () => {
      if (asked) return;
      asked = true;
      verified(chunk, ticket, either)
        .then((sealed) => open(chunk, sealed))
        .then(resolve, (error: unknown) => {
          verifiedFailure = error;
          // A column that is only late may still bring it.
          if (columnFailed) reject(error);
        });
    };
    column(chunk, ticket, either, () => {
      if (!asked && hedges.spend()) askVerified();
    })
      .then((sealed) => open(chunk, sealed))
      .then(resolve, (error: unknown) => {
        columnFailed = true;
        // A ticket that one route refuses is no better on the other.
        const refused = error instanceof RequestFailure && lastingKind(error.status) === 'not-allowed';
        if (refused || verifiedFailure !== undefined) reject(verifiedFailure ?? error);
        else askVerified();
      });
  }).finally(() => done.abort());
}

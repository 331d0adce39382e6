import { parseWireId, wireId } from '../../core/index.ts';
import type { Neighbours } from '../../playback/session/index.ts';
import type { GrantStanding } from './gateway.ts';
import { USE_WITHIN_MS } from './session-tickets.ts';

/** Accounts that may be asked about; of more, all are. */
const MOST_CHANGED = 65_536;

export interface DistantStandingOptions {
  readonly neighbours: Pick<Neighbours, 'onSignInsChanged' | 'askSignIn'>;
  /** Time of day. */
  readonly now: () => number;
}

/**
 * For a gateway that has no accounts. Who brings a ticket was signed in a minute ago; a server is asked only where it has
 * said since that sign-ins of the account changed. What it does not answer in time is refused: a new ticket settles it.
 */
export function createDistantStanding({ neighbours, now }: DistantStandingOptions): GrantStanding {
  const changedMs = new Map<string, number>();

  /** Until no ticket from before the change can be used any more. */
  function isDoubtful(userId: string): boolean {
    for (const [id, atMs] of changedMs) {
      if (now() - atMs <= USE_WITHIN_MS) break;
      changedMs.delete(id);
    }
    return changedMs.has(userId) || changedMs.size >= MOST_CHANGED;
  }

  return {
    async holds({ account, session }) {
      const userId = wireId('us', account);
      return !isDoubtful(userId) || ((await neighbours.askSignIn({ userId, session })) ?? false);
    },
    onChange: (listener) =>
      neighbours.onSignInsChanged((userId) => {
        const parsed = parseWireId(userId);
        if (parsed?.kind !== 'us') return;
        changedMs.delete(userId);
        if (changedMs.size < MOST_CHANGED) changedMs.set(userId, now());
        listener(parsed.id);
      }),
  };
}

/** What a server does for gateways that have no accounts; returns what ends it. */
export function answerForSignIns(standing: GrantStanding, neighbours: Neighbours): () => void {
  const stops = [
    standing.onChange((user) => neighbours.tellSignInsChanged(wireId('us', user))),
    neighbours.answerSignIns(async ({ userId, session }) => {
      const parsed = parseWireId(userId);
      return parsed?.kind === 'us' && standing.holds({ account: parsed.id, session, expiresAtMs: 0 });
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

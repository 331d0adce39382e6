import * as v from 'valibot';
import type { Bytes, UserId } from '../../core/index.ts';
import { createSignedFields } from '../signed-fields.ts';

/** Whose devices may come, by which sign-in; until when. */
export interface SessionGrant {
  readonly account: UserId;
  /** Names the browser's session, or the program's API key; signs nobody in. */
  readonly session: string;
  readonly expiresAtMs: number;
}

/**
 * Short-lived proofs of who somebody is, for a first message rather than a cookie: a page of another site cannot have one.
 * Any server with the library's keys takes them, without a database.
 */
export interface SessionTickets {
  issue(whose: Pick<SessionGrant, 'account' | 'session'>): Promise<IssuedSessionTicket>;
  /** Undefined for what is forged or has expired. */
  read(ticket: string): Promise<SessionGrant | undefined>;
}

export interface IssuedSessionTicket {
  readonly ticket: string;
  readonly expiresAtMs: number;
}

const LIFETIME_MS = 10 * 60_000;
const PURPOSE = 'clef/v1/playback';

const schema = v.strictTuple([
  v.pipe(v.number(), v.safeInteger()),
  v.pipe(v.string(), v.minLength(1)),
  v.pipe(v.number(), v.safeInteger()),
]);

export function createSessionTickets({
  key,
  now,
}: {
  readonly key: () => Promise<Bytes>;
  readonly now: () => number;
}): SessionTickets {
  const signed = createSignedFields({ key, purpose: PURPOSE, schema });
  return {
    async issue({ account, session }) {
      const expiresAtMs = now() + LIFETIME_MS;
      return { ticket: await signed.sign([account, session, expiresAtMs]), expiresAtMs };
    },
    async read(ticket) {
      const fields = await signed.read(ticket);
      if (!fields) return undefined;
      const [account, session, expiresAtMs] = fields;
      return expiresAtMs > now() ? { account: account as UserId, session, expiresAtMs } : undefined;
    },
  };
}

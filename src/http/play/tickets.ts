import * as v from 'valibot';
import {
  type AssetId,
  type Bytes,
  ClefError,
  isHexId,
  type LibraryId,
  type UserId,
} from '../../core/index.ts';
import { createSignedFields } from '../signed-fields.ts';
import type { ListeningDevice } from './ports.ts';

/** What a ticket lets its bearer fetch: sealed bytes, which open nothing. */
export interface Grant extends ListeningDevice {
  readonly libraryId: LibraryId;
  /** The audio and its packet table. */
  readonly assetIds: readonly AssetId[];
}

export interface IssuedTicket {
  readonly ticket: string;
  readonly expiresAtMs: number;
}

/** Short-lived proofs that somebody was let play something. Nothing is stored of them. */
export interface Tickets {
  issue(grant: Grant): Promise<IssuedTicket>;
  /** Reads an Authorization header. Throws `ticket-refused`, and does not say why. */
  read(authorization: string | undefined): Promise<Grant>;
}

/** Longer than most songs, so that one ticket does; whoever is revoked is refused long before it ends. */
const LIFETIME_MS = 10 * 60_000;
const PURPOSE = 'clef/v1/play';
const SCHEME = 'Ticket ';

const hexId = v.pipe(v.string(), v.check(isHexId));
const payloadSchema = v.strictTuple([
  hexId,
  v.pipe(v.array(hexId), v.minLength(1), v.maxLength(2)),
  v.pipe(v.number(), v.safeInteger()),
  v.pipe(v.string(), v.minLength(1)),
  v.pipe(v.string(), v.minLength(1)),
  v.pipe(v.number(), v.safeInteger()),
]);
type Payload = v.InferOutput<typeof payloadSchema>;

/** `key` is asked at each use, and may have to wait for the server's keys after a start. */
export function createTickets({
  key,
  now,
}: {
  readonly key: () => Promise<Bytes>;
  readonly now: () => number;
}): Tickets {
  const signed = createSignedFields({ key, purpose: PURPOSE, schema: payloadSchema });
  return {
    async issue({ libraryId, assetIds, account, session, device }) {
      const expiresAtMs = now() + LIFETIME_MS;
      const fields: Payload = [libraryId, [...assetIds], account, session, device, expiresAtMs];
      return { ticket: await signed.sign(fields), expiresAtMs };
    },
    async read(authorization) {
      if (!authorization?.startsWith(SCHEME)) throw refused();
      const fields = await signed.read(authorization.slice(SCHEME.length));
      if (!fields) throw refused();
      const [libraryId, assetIds, account, session, device, expiresAtMs] = fields;
      if (expiresAtMs <= now()) throw refused();
      return {
        libraryId: libraryId as LibraryId,
        assetIds: assetIds as AssetId[],
        account: account as UserId,
        session,
        device,
      };
    },
  };
}

export function refused(): ClefError {
  return new ClefError('ticket-refused', 'this ticket is not valid here; ask to play again for another');
}

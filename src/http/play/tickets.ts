import { createHmac, timingSafeEqual } from 'node:crypto';
import * as v from 'valibot';
import {
  type AssetId,
  type Bytes,
  ClefError,
  fromBase64Url,
  fromUtf8,
  isHexId,
  type LibraryId,
  toBase64Url,
  type UserId,
  utf8,
} from '../../core/index.ts';
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
/** Far over what is issued. */
const MAX_CHARACTERS = 1_024;
const CREDENTIALS = /^Ticket ([\w-]{1,1024})\.([\w-]{43})$/;

const hexId = v.pipe(v.string(), v.check(isHexId));
const payloadSchema = v.strictTuple([
  hexId,
  v.pipe(v.array(hexId), v.minLength(1), v.maxLength(2)),
  v.pipe(v.number(), v.safeInteger()),
  v.pipe(v.string(), v.minLength(1)),
  v.pipe(v.string(), v.minLength(1)),
  v.pipe(v.number(), v.safeInteger()),
]);

/** `key` is asked at each use, and may have to wait for the server's keys after a start. */
export function createTickets({
  key,
  now,
}: {
  readonly key: () => Promise<Bytes>;
  readonly now: () => number;
}): Tickets {
  return {
    async issue({ libraryId, assetIds, account, session, device }) {
      const expiresAtMs = now() + LIFETIME_MS;
      const fields: v.InferInput<typeof payloadSchema> = [
        libraryId,
        [...assetIds],
        account,
        session,
        device,
        expiresAtMs,
      ];
      const payload = toBase64Url(utf8(JSON.stringify(fields)));
      return { ticket: `${payload}.${toBase64Url(mac(await key(), payload))}`, expiresAtMs };
    },
    async read(authorization) {
      const [, payload, shown] = matched(authorization);
      if (!isMac(shown, mac(await key(), payload))) throw refused();
      const fields = v.safeParse(payloadSchema, parsed(payload));
      if (!fields.success) throw refused();
      const [libraryId, assetIds, account, session, device, expiresAtMs] = fields.output;
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

function matched(authorization: string | undefined): readonly [string, string, string] {
  const isBounded = authorization !== undefined && authorization.length <= MAX_CHARACTERS;
  const match = isBounded ? CREDENTIALS.exec(authorization) : null;
  if (!match) throw refused();
  const [all, payload = '', shown = ''] = match;
  return [all, payload, shown];
}

/** The purpose ends in a byte that no payload has. */
function mac(key: Bytes, payload: string): Buffer {
  return createHmac('sha256', key).update(`${PURPOSE}\0`).update(payload).digest();
}

/** As text of one length: decoding would let the last digit be written in four ways. */
function isMac(shown: string, expected: Buffer): boolean {
  return timingSafeEqual(Buffer.from(shown), Buffer.from(toBase64Url(expected)));
}

/** Undefined for what is not JSON; only this program writes what passed the comparison before. */
function parsed(payload: string): unknown {
  try {
    return JSON.parse(fromUtf8(fromBase64Url(payload)));
  } catch {
    return undefined;
  }
}

export function refused(): ClefError {
  return new ClefError('ticket-refused', 'this ticket is not valid here; ask to play again for another');
}

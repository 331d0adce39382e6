import {
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import * as v from 'valibot';
import {
  type Bytes,
  equalBytes,
  fromBase64Url,
  fromUtf8,
  toBase64Url,
  type UserId,
  utf8,
} from '../../core/index.ts';

/** Whose devices may come, by which sign-in; until when. */
export interface SessionGrant {
  readonly account: UserId;
  /** Names the browser's session, or the program's API key; signs nobody in. */
  readonly session: string;
  readonly expiresAtMs: number;
}

/** What a ticket says, which opens one socket, or renews what one was opened with, and that soon. */
export interface SessionTicket extends SessionGrant {
  readonly ticketId: string;
  readonly useByMs: number;
}

/** Looks whether a server of the library wrote a ticket, with nothing but that server's public key. */
export interface TicketReader {
  /** Undefined for what is forged, or comes too late. */
  read(ticket: string): Promise<SessionTicket | undefined>;
}

/** Short-lived proofs of who somebody is, for a first message rather than a cookie: a page of another site cannot have one. */
export interface SessionTickets extends TicketReader {
  issue(whose: Pick<SessionGrant, 'account' | 'session'>): Promise<IssuedSessionTicket>;
}

export interface IssuedSessionTicket {
  readonly ticket: string;
  /** Of what it grants. */
  readonly expiresAtMs: number;
}

const GRANT_MS = 10 * 60_000;
/** From its answer to its use. */
export const USE_WITHIN_MS = 60_000;
const PURPOSE = 'clef/v1/playback';
const TICKET_ID_BYTES = 12;
const SEED_BYTES = 32;
/** Of an Ed25519 private key, RFC 8410 section 7: what stands before its 32 bytes. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
const TEXT = /^([\w-]{1,900})\.([\w-]{86})$/;

const time = v.pipe(v.number(), v.safeInteger());
const fields = v.strictTuple([
  v.pipe(v.string(), v.minLength(1)),
  time,
  v.pipe(v.string(), v.minLength(1)),
  time,
  time,
]);

interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** The key pair follows from the library's ticket key: the same at each of its servers, and after a restart. */
function sessionTicketKey(ticketKey: Bytes): KeyObject {
  const seed = hkdfSync('sha256', ticketKey, new Uint8Array(0), PURPOSE, SEED_BYTES);
  const key = Buffer.concat([PKCS8_HEAD, Buffer.from(seed)]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

/** As gateways are given it: with it tickets are looked at, and none can be made. */
export function publicTicketKey(ticketKey: Bytes): string {
  return createPublicKey(sessionTicketKey(ticketKey)).export({ format: 'jwk' }).x ?? '';
}

/** Of what `publicTicketKey` wrote. */
export function parsePublicTicketKey(text: string): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: text }, format: 'jwk' });
}

export function createTicketReader({
  publicKey,
  now,
}: {
  readonly publicKey: () => Promise<KeyObject>;
  readonly now: () => number;
}): TicketReader {
  return {
    async read(ticket) {
      const [, payload = '', signature = ''] = TEXT.exec(ticket) ?? [];
      if (!verify(null, signed(payload), await publicKey(), fromBase64Url(signature))) return undefined;
      const read = v.safeParse(fields, parsed(payload));
      if (!read.success) return undefined;
      const [ticketId, account, session, useByMs, expiresAtMs] = read.output;
      if (useByMs <= now()) return undefined;
      return { ticketId, account: account as UserId, session, useByMs, expiresAtMs };
    },
  };
}

export function createSessionTickets({
  key,
  now,
}: {
  readonly key: () => Promise<Bytes>;
  readonly now: () => number;
}): SessionTickets {
  let pair: (KeyPair & { readonly ticketKey: Bytes }) | undefined;
  /** Made again when the library's ticket key is another one. */
  async function keys(): Promise<KeyPair> {
    const ticketKey = await key();
    if (pair && equalBytes(pair.ticketKey, ticketKey)) return pair;
    const privateKey = sessionTicketKey(ticketKey);
    pair = { ticketKey, privateKey, publicKey: createPublicKey(privateKey) };
    return pair;
  }
  return {
    ...createTicketReader({ publicKey: async () => (await keys()).publicKey, now }),
    async issue({ account, session }) {
      const { privateKey } = await keys();
      const ticketId = toBase64Url(randomBytes(TICKET_ID_BYTES));
      const expiresAtMs = now() + GRANT_MS;
      const written = [ticketId, account, session, now() + USE_WITHIN_MS, expiresAtMs];
      const payload = toBase64Url(utf8(JSON.stringify(written)));
      const signature = toBase64Url(sign(null, signed(payload), privateKey));
      return { ticket: `${payload}.${signature}`, expiresAtMs };
    },
  };
}

/** The purpose ends in a byte that no payload has. */
function signed(payload: string): Bytes {
  return utf8(`${PURPOSE}\0${payload}`);
}

/** Undefined for what is not JSON; only this program writes what passed the comparison before. */
function parsed(payload: string): unknown {
  try {
    return JSON.parse(fromUtf8(fromBase64Url(payload)));
  } catch {
    return undefined;
  }
}

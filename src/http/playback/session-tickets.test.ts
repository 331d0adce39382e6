import { describe, expect, it } from 'vitest';
import { fromUtf8, fromBase64Url, toBase64Url, type UserId, utf8 } from '../../core/index.ts';
import { generateKey } from '../../crypto/index.ts';
import {
  createSessionTickets,
  createTicketReader,
  parsePublicTicketKey,
  publicTicketKey,
} from './session-tickets.ts';

const LENA = { account: 1_025 as UserId, session: 'browser' };

describe('a session ticket', () => {
  const key = generateKey();
  let nowMs = 7_000_000;
  const now = () => nowMs;
  const tickets = createSessionTickets({ key: () => Promise.resolve(key), now });
  const readerOf = (ticketKey: typeof key) => {
    const publicKey = parsePublicTicketKey(publicTicketKey(ticketKey));
    return createTicketReader({ publicKey: () => Promise.resolve(publicKey), now });
  };

  it('is read with the public key alone, and says whose it is and until when', async () => {
    const { ticket, expiresAtMs } = await tickets.issue(LENA);
    expect(expiresAtMs).toBe(nowMs + 600_000);
    expect(await readerOf(key).read(ticket)).toEqual({
      ...LENA,
      expiresAtMs,
      useByMs: nowMs + 60_000,
      ticketId: expect.stringMatching(/^[\w-]{16}$/),
    });
  });

  it('is the same kind at every server of the library, and none at another', async () => {
    const { ticket } = await createSessionTickets({ key: () => Promise.resolve(key), now }).issue(LENA);
    expect(await tickets.read(ticket)).toMatchObject(LENA);
    expect(await readerOf(generateKey()).read(ticket)).toBeUndefined();
  });

  it('of an earlier epoch is none any more once the library has another key, without a restart', async () => {
    let current = key;
    const rotating = createSessionTickets({ key: () => Promise.resolve(current), now });
    const { ticket } = await rotating.issue(LENA);
    expect(await rotating.read(ticket)).toMatchObject(LENA);
    current = generateKey();
    expect(await rotating.read(ticket)).toBeUndefined();
    expect(await rotating.read((await rotating.issue(LENA)).ticket)).toMatchObject(LENA);
  });

  it('has a name of its own each time', async () => {
    const [one, other] = [await tickets.issue(LENA), await tickets.issue(LENA)];
    expect((await tickets.read(one.ticket))?.ticketId).not.toBe((await tickets.read(other.ticket))?.ticketId);
  });

  it('is nothing where anything of it was changed, and after a minute', async () => {
    const { ticket } = await tickets.issue(LENA);
    const [payload = '', signature = ''] = ticket.split('.');
    const other = toBase64Url(utf8(fromUtf8(fromBase64Url(payload)).replace('browser', 'another')));
    for (const wrong of ['', payload, `${payload}.`, `${other}.${signature}`, `${payload}.${'A'.repeat(86)}`])
      expect(await tickets.read(wrong), wrong).toBeUndefined();
    nowMs += 59_999;
    expect(await tickets.read(ticket)).toMatchObject(LENA);
    nowMs += 1;
    expect(await tickets.read(ticket)).toBeUndefined();
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AssetId, type LibraryId, toBase64Url, type UserId, utf8 } from '../../core/index.ts';
import { generateKey } from '../../crypto/index.ts';
import { createTickets, type Grant } from './tickets.ts';

const GRANT: Grant = {
  libraryId: '1'.repeat(32) as LibraryId,
  assetIds: ['2'.repeat(32) as AssetId, '3'.repeat(32) as AssetId],
  account: 1025 as UserId,
  session: 'a-session',
  device: 'D'.repeat(43),
};

function office(key = generateKey()) {
  const clock = { nowMs: 1_000_000 };
  return { clock, key, tickets: createTickets({ key: async () => key, now: () => clock.nowMs }) };
}

describe('a ticket', () => {
  it('says what it was issued for, for ten minutes', async () => {
    const { tickets, clock } = office();
    const { ticket, expiresAtMs } = await tickets.issue(GRANT);
    expect(expiresAtMs).toBe(clock.nowMs + 600_000);
    expect(await tickets.read(`Ticket ${ticket}`)).toEqual(GRANT);
    clock.nowMs = expiresAtMs - 1;
    expect(await tickets.read(`Ticket ${ticket}`)).toEqual(GRANT);
    clock.nowMs = expiresAtMs;
    await expect(tickets.read(`Ticket ${ticket}`)).rejects.toMatchObject({ code: 'ticket-refused' });
  });

  it('is good at every server with the same key, and at no other', async () => {
    const { tickets, key } = office();
    const { ticket } = await tickets.issue(GRANT);
    expect(await office(key).tickets.read(`Ticket ${ticket}`)).toEqual(GRANT);
    await expect(office().tickets.read(`Ticket ${ticket}`)).rejects.toMatchObject({ code: 'ticket-refused' });
  });

  it('is refused with any character changed, left out or added', async () => {
    const { tickets } = office();
    const { ticket } = await tickets.issue(GRANT);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(ticket.length - 1),
        fc.constantFrom('A', 'b', '7', '-', '_', '.', '=', ' ', ''),
        fc.boolean(),
        async (at, character, isAdded) => {
          const changed = ticket.slice(0, at) + character + ticket.slice(isAdded ? at : at + 1);
          fc.pre(changed !== ticket);
          await expect(tickets.read(`Ticket ${changed}`)).rejects.toMatchObject({ code: 'ticket-refused' });
        },
      ),
    );
  });

  it('is refused under another scheme, without one, in the plural, and overlong', async () => {
    const { tickets } = office();
    const { ticket } = await tickets.issue(GRANT);
    for (const header of [
      undefined,
      '',
      ticket,
      `Bearer ${ticket}`,
      `ticket ${ticket}`,
      `Ticket  ${ticket}`,
      `Ticket ${ticket},Ticket ${ticket}`,
      `Ticket ${ticket}\n`,
      `Ticket ${'A'.repeat(100_000)}.${'A'.repeat(43)}`,
    ]) {
      await expect(tickets.read(header)).rejects.toMatchObject({ code: 'ticket-refused' });
    }
  });

  it('that somebody made for themselves is refused', async () => {
    const { tickets } = office();
    const fields = [GRANT.libraryId, GRANT.assetIds, GRANT.account, GRANT.session, GRANT.device, 2 ** 50];
    const payload = toBase64Url(utf8(JSON.stringify(fields)));
    for (const mac of ['A'.repeat(43), toBase64Url(new Uint8Array(32)), payload.slice(0, 43)]) {
      await expect(tickets.read(`Ticket ${payload}.${mac}`)).rejects.toMatchObject({
        code: 'ticket-refused',
      });
    }
  });

  it('says why it was refused to nobody', async () => {
    const { tickets, clock } = office();
    const { ticket } = await tickets.issue(GRANT);
    const forged = await tickets.read(`Ticket ${ticket}A`).catch((error: unknown) => error);
    clock.nowMs *= 2;
    const late = await tickets.read(`Ticket ${ticket}`).catch((error: unknown) => error);
    expect((late as Error).message).toBe((forged as Error).message);
  });
});

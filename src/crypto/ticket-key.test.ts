import { describe, expect, it } from 'vitest';
import { equalBytes, type LibraryId } from '../core/index.ts';
import { createServiceKeyring, deriveTicketKey, generateIdentity, succeedKeyring } from './index.ts';

async function serviceKeyring(libraryId = '1'.repeat(32) as LibraryId) {
  const { recipient } = await generateIdentity('server');
  return createServiceKeyring({ libraryId, recipients: [recipient], administrators: [] });
}

describe('the key of tickets', () => {
  it('is the same after a restart, and none of the keyring’s own', async () => {
    const keyring = await serviceKeyring();
    const key = await deriveTicketKey(keyring);
    expect(equalBytes(await deriveTicketKey(keyring), key)).toBe(true);
    expect(keyring.epochs.some((epoch) => equalBytes(epoch.key, key))).toBe(false);
  });

  it('changes with the epoch, and differs from one library to another under one key', async () => {
    const keyring = await serviceKeyring();
    const key = await deriveTicketKey(keyring);
    const next = succeedKeyring(keyring, new Uint8Array(32), { openEpoch: true });
    expect(equalBytes(await deriveTicketKey(next), key)).toBe(false);
    const elsewhere = { ...keyring, libraryId: '2'.repeat(32) as LibraryId };
    expect(equalBytes(await deriveTicketKey(elsewhere), key)).toBe(false);
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../test/support/crypto-library.ts';
import { type LibraryId, utf8 } from '../core/index.ts';
import { decryptionFailed } from './failure.ts';
import { createServiceKeyring, type ServiceKeyring, succeedKeyring } from './keyring.ts';
import { openSecret, type SecretPlace, sealSecret } from './service-secret.ts';

const place: SecretPlace = { purpose: 'app-password', userId: '1024', credentialId: 'c0ffee' };
const secret = utf8('correct horse');
let keyring: ServiceKeyring;

beforeAll(() => {
  keyring = createServiceKeyring({ libraryId: newId<LibraryId>(), recipients: [], administrators: [] });
});

describe('a service secret', () => {
  it('opens for its purpose, user and credential', async () => {
    expect(await openSecret(keyring, place, await sealSecret(keyring, place, secret))).toEqual(secret);
  });

  it('opens nowhere else', async () => {
    const sealed = await sealSecret(keyring, place, secret);
    const elsewhere: SecretPlace[] = [
      { ...place, purpose: 'totp-seed' },
      { ...place, userId: '2048' },
      { ...place, credentialId: 'c0ffef' },
    ];
    for (const other of elsewhere) {
      await expect(openSecret(keyring, other, sealed)).rejects.toEqual(decryptionFailed());
    }
    for (const other of [
      { ...keyring, libraryId: newId<LibraryId>() },
      createServiceKeyring({ libraryId: keyring.libraryId, recipients: [], administrators: [] }),
    ]) {
      await expect(openSecret(other, place, sealed)).rejects.toEqual(decryptionFailed());
    }
  });

  it('does not open after a flip of any one bit, or cut short', async () => {
    const sealed = await sealSecret(keyring, place, secret);
    for (let at = 1; at < sealed.length; at++) {
      const changed = new Uint8Array(sealed);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      await expect(openSecret(keyring, place, changed)).rejects.toEqual(decryptionFailed());
      await expect(openSecret(keyring, place, sealed.subarray(0, at))).rejects.toEqual(decryptionFailed());
    }
    sealed[0] = 2;
    await expect(openSecret(keyring, place, sealed)).rejects.toMatchObject({ code: 'unsupported-format' });
  });

  it('still opens after the keyring opened a new epoch', async () => {
    const sealed = await sealSecret(keyring, place, secret);
    const next = succeedKeyring(keyring, new Uint8Array(32), { openEpoch: true });
    expect(await openSecret(next, place, sealed)).toEqual(secret);
    const newer = await sealSecret(next, place, secret);
    await expect(openSecret(keyring, place, newer)).rejects.toEqual(decryptionFailed());
  });
});

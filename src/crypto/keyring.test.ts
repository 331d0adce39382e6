import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../test/support/crypto-library.ts';
import { readJws, rewriteJws, signAnything } from '../../test/support/forgery.ts';
import { ClefError, type LibraryId, toBase64Url, utf8 } from '../core/index.ts';
import {
  createRecipient,
  exportIdentity,
  generateIdentity,
  type Identity,
  importIdentity,
} from './identity.ts';
import {
  createLibraryKeyring,
  createServiceKeyring,
  currentEpoch,
  keyOfEpoch,
  type LibraryKeyring,
  openLibraryKeyring,
  openServiceKeyring,
  sealKeyring,
  succeedKeyring,
} from './keyring.ts';
import { chooseKeyring } from './keyring-choice.ts';
import type { KeyringTarget, SignedKeyring } from './keyring-statement.ts';
import { generateSigningKey, type SigningKey } from './signing-key.ts';

type Party = Awaited<ReturnType<typeof generateIdentity>>;

const libraryId = newId<LibraryId>();
let recovery: Party;
let server: Party;
let other: Party;
let root: SigningKey;
let admin: SigningKey;
let target: KeyringTarget;
let first: LibraryKeyring;
let jws: string;
let signed: SignedKeyring;

beforeAll(async () => {
  [recovery, server, other] = await Promise.all([
    generateIdentity('recovery'),
    generateIdentity('server'),
    generateIdentity('server'),
  ]);
  [root, admin] = [await generateSigningKey(), await generateSigningKey()];
  target = { kind: 'library', libraryId, rootFingerprint: root.kid };
  first = createLibraryKeyring({
    libraryId,
    recipients: [recovery.recipient, server.recipient],
    administrators: [admin.kid],
  });
  jws = await sealKeyring(first, root);
  signed = await accept(jws);
});

async function accept(...candidates: string[]): Promise<SignedKeyring> {
  return (await chooseKeyring(candidates, target)).chosen;
}

async function open(text: string, identity: Identity): Promise<LibraryKeyring> {
  return openLibraryKeyring(await accept(text), identity);
}

/** By the root itself, so that only the content is wrong. */
function signedWith(change: Record<string, unknown>): Promise<string> {
  const { header, payload } = readJws(jws);
  return signAnything(header, { ...payload, ...change }, root);
}

describe('a keyring', () => {
  it('opens to the same keys for each of its recipients', async () => {
    expect(await openLibraryKeyring(signed, recovery.identity)).toEqual(first);
    expect(await openLibraryKeyring(signed, server.identity)).toEqual(first);
  });

  it('opens with keys that were exported and imported, extractable or not', async () => {
    for (const { identity } of [recovery, server]) {
      const again = await importIdentity(await exportIdentity(identity));
      expect(again.thumbprint).toBe(identity.thumbprint);
      expect(again.privateKey.extractable).toBe(false);
      expect(await openLibraryKeyring(signed, again)).toEqual(first);
    }
  });

  it('opens for its recovery key where that is the only recipient', async () => {
    const alone = createLibraryKeyring({ libraryId, recipients: [recovery.recipient], administrators: [] });
    expect(await open(await sealKeyring(alone, root), recovery.identity)).toEqual(alone);
  });

  it('is not meant for a key that it does not name', async () => {
    await expect(openLibraryKeyring(signed, other.identity)).rejects.toMatchObject({
      code: 'keyring-rejected',
    });
  });

  it('does not open with another key under the name of a recipient', async () => {
    const posing = { ...other.identity, thumbprint: server.identity.thumbprint };
    await expect(openLibraryKeyring(signed, posing)).rejects.toMatchObject({ code: 'decryption-failed' });
  });

  it('shows no key to who has none', () => {
    const [, payload = ''] = jws.split('.');
    const text = Buffer.from(payload, 'base64url').toString();
    for (const key of [currentEpoch(first).key, first.sourceHashKey]) {
      expect(text).not.toContain(toBase64Url(key));
    }
  });

  it('of one kind does not pass as the other', async () => {
    const recipients = [recovery.recipient, server.recipient];
    const service = createServiceKeyring({ libraryId, recipients, administrators: [] });
    const sealed = await sealKeyring(service, root);
    await expect(chooseKeyring([sealed], target)).rejects.toMatchObject({ code: 'keyring-rejected' });
    const { chosen } = await chooseKeyring([sealed], { ...target, kind: 'service' });
    expect(await openServiceKeyring(chosen, server.identity)).toEqual(service);
    await expect(openLibraryKeyring(chosen, server.identity)).rejects.toMatchObject({
      code: 'keyring-rejected',
    });
  });
});

describe('a forged keyring', () => {
  it('made from the public recipients alone is refused', async () => {
    // Everything a thief of a node has: ids, thumbprints, public keys. The signing key is the thief's own.
    const thief = await generateSigningKey();
    const recipients = await Promise.all(
      signed.recipients.map(({ role, jwk }) => createRecipient(role, { ...jwk })),
    );
    const forgery = createLibraryKeyring({ libraryId, recipients, administrators: [thief.kid] });
    const forged = await sealKeyring(forgery, thief);
    const successor = await sealKeyring({ ...forgery, version: 2, previousHash: signed.hash }, thief);
    const payload = readJws(forged).payload;
    const posing = [
      forged,
      rewriteJws(forged, { header: { kid: root.kid } }),
      rewriteJws(forged, { header: { kid: root.kid, jwk: root.publicJwk } }),
      await signAnything({ ...readJws(jws).header, jwk: thief.publicJwk }, payload, thief),
      await signAnything(readJws(jws).header, payload, thief),
    ];
    for (const text of [...posing, successor]) {
      await expect(accept(text)).rejects.toMatchObject({ code: 'keyring-rejected' });
    }
    expect((await chooseKeyring([...posing, successor, jws], target)).chosen.jws).toBe(jws);
  });

  it('around the envelope of a true one, under another signature, is refused', async () => {
    const thief = await generateSigningKey();
    const { header, payload } = readJws(jws);
    const stolen = await signAnything({ ...header, kid: thief.kid, jwk: thief.publicJwk }, payload, thief);
    await expect(accept(stolen)).rejects.toMatchObject({ code: 'keyring-rejected' });
  });

  it('with any part exchanged under the old signature is refused', async () => {
    const { payload } = readJws(jws);
    const recipients = [payload['recipients'], { role: 'server', thumbprint: '', jwk: {} }].flat();
    for (const change of [
      { version: 2 },
      { library: newId<LibraryId>() },
      { recipients },
      { administrators: [] },
    ]) {
      await expect(accept(rewriteJws(jws, { payload: change }))).rejects.toMatchObject({
        code: 'keyring-rejected',
      });
    }
  });
});

describe('a keyring that contradicts itself is refused although the root signed it', () => {
  it('with the envelope of another version', async () => {
    const later = await signedWith({ version: 2, previous: toBase64Url(signed.hash) });
    await expect(open(later, server.identity)).rejects.toMatchObject({ code: 'keyring-rejected' });
  });

  it('with other additional data than its library and version', async () => {
    const jwe = { ...signed.jwe, aad: toBase64Url(utf8('clef/v1/keyring')) };
    await expect(open(await signedWith({ jwe }), server.identity)).rejects.toMatchObject({
      code: 'keyring-rejected',
    });
  });

  it('with an envelope of another type', async () => {
    const jwe = { ...signed.jwe, protected: toBase64Url(utf8('{"enc":"A256GCM"}')) };
    await expect(open(await signedWith({ jwe }), server.identity)).rejects.toMatchObject({
      code: 'keyring-rejected',
    });
  });

  it('with an envelope of another content encryption', async () => {
    const jwe = {
      ...signed.jwe,
      protected: toBase64Url(utf8('{"enc":"A128CBC-HS256","typ":"clef-keyring-keys"}')),
    };
    await expect(open(await signedWith({ jwe }), server.identity)).rejects.toMatchObject({
      code: 'decryption-failed',
    });
  });

  it('with an envelope fewer than recipients, or in another order', async () => {
    const [a, b] = signed.jwe.recipients;
    for (const recipients of [[a], [b, a]]) {
      const text = await signedWith({ jwe: { ...signed.jwe, recipients } });
      await expect(accept(text)).rejects.toMatchObject({ code: 'keyring-rejected' });
    }
  });

  it('with an algorithm that the format does not have', async () => {
    const recipients = signed.jwe.recipients.map((r) => ({ ...r, header: { ...r.header, alg: 'RSA1_5' } }));
    const text = await signedWith({ jwe: { ...signed.jwe, recipients } });
    await expect(accept(text)).rejects.toMatchObject({ code: 'keyring-rejected' });
  });

  it('with a thumbprint that is not its key', async () => {
    const recipients = signed.recipients.map((r) => ({ ...r, thumbprint: other.recipient.thumbprint }));
    await expect(accept(await signedWith({ recipients }))).rejects.toMatchObject({
      code: 'keyring-rejected',
    });
  });

  it('without a recovery key', async () => {
    const lonely = createLibraryKeyring({
      libraryId,
      recipients: [server.recipient, other.recipient],
      administrators: [],
    });
    await expect(accept(await sealKeyring(lonely, root))).rejects.toMatchObject({ code: 'keyring-rejected' });
  });

  it('with other epochs than lie inside', async () => {
    const text = await signedWith({ epochs: [1, 2] });
    await expect(open(text, server.identity)).rejects.toMatchObject({ code: 'keyring-rejected' });
  });
});

describe('a successor', () => {
  it('opens an epoch beside the old ones, and keeps the source-hash key', async () => {
    const next = succeedKeyring(first, signed.hash, { openEpoch: true });
    const chosen = await accept(jws, await sealKeyring(next, admin));
    const opened = await openLibraryKeyring(chosen, server.identity);
    expect(opened.version).toBe(2);
    expect(currentEpoch(opened).epoch).toBe(2);
    expect(keyOfEpoch(opened, 1)).toEqual(keyOfEpoch(first, 1));
    expect(keyOfEpoch(opened, 3)).toBeUndefined();
    expect(opened.sourceHashKey).toEqual(first.sourceHashKey);
  });

  it('lets a new server in', async () => {
    const next = succeedKeyring(first, signed.hash, { addRecipients: [other.recipient] });
    const chosen = await accept(jws, await sealKeyring(next, admin));
    expect((await openLibraryKeyring(chosen, other.identity)).epochs).toEqual(first.epochs);
  });

  it('without a former recipient has a key that this one never had', async () => {
    const next = succeedKeyring(first, signed.hash, { removeRecipients: [server.recipient.thumbprint] });
    const chosen = await accept(jws, await sealKeyring(next, admin));
    await expect(openLibraryKeyring(chosen, server.identity)).rejects.toMatchObject({
      code: 'keyring-rejected',
    });
    expect(currentEpoch(await openLibraryKeyring(chosen, recovery.identity)).epoch).toBe(2);
  });

  it('cannot lose a recipient that it does not have', () => {
    expect(() => succeedKeyring(first, signed.hash, { removeRecipients: ['nobody'] })).toThrow(
      expect.objectContaining({ code: 'keyring-rejected' }),
    );
  });
});

describe('a recipient', () => {
  it('of the wrong kind of key for its role is refused', async () => {
    await expect(createRecipient('server', { ...recovery.recipient.jwk })).rejects.toMatchObject({
      code: 'keyring-rejected',
    });
    await expect(createRecipient('recovery', { ...server.recipient.jwk })).rejects.toMatchObject({
      code: 'keyring-rejected',
    });
  });

  it('whose private key is damaged is refused without a word about it', async () => {
    const jwk = await exportIdentity(server.identity);
    for (const d of [jwk.d.slice(2), '', '%']) {
      await expect(importIdentity({ ...jwk, d })).rejects.toEqual(
        new ClefError('keyring-rejected', 'a private key is not one, or its parts do not belong together'),
      );
    }
  });

  it('of a recovery key shorter than 4,096 bits is refused', async () => {
    const pair = await crypto.subtle.generateKey(
      { name: 'RSA-OAEP', hash: 'SHA-256', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) },
      true,
      ['encrypt', 'decrypt'],
    );
    const jwk = await crypto.subtle.exportKey('jwk', pair.publicKey);
    await expect(createRecipient('recovery', jwk)).rejects.toMatchObject({ code: 'keyring-rejected' });
  });
});

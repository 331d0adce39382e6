import { beforeAll, describe, expect, it } from 'vitest';
import {
  createKeyedLibrary,
  type KeyedLibrary,
  newServer,
  NO_STATEMENTS,
} from '../../test/support/keyed-library.ts';
import { currentEpoch, sealKeyring, succeedKeyring } from '../crypto/index.ts';
import { changeLibraryKeys, type KeysChange } from './change-keys.ts';
import { drillRecoveryKit } from './drill.ts';
import { joinStatements, type LoadedKeys, loadLibraryKeys } from './library-keys.ts';
import { recoverLibraryKeys } from './recover-keys.ts';
import { parseServerCard, type ServerCard, writeServerCard } from './server-card.ts';
import type { ServerKey } from './server-key.ts';
import { settleLibraryKeys } from './settle-keys.ts';

let world: KeyedLibrary;
let other: ServerKey;
let card: ServerCard;
beforeAll(async () => {
  world = await createKeyedLibrary();
  other = await newServer('17');
  card = await parseServerCard(writeServerCard(other, 'attic'));
});

const addOther = (administrator = false): KeysChange => ({
  kind: 'add',
  recipient: card.recipient,
  signing: card.signing,
  ...(administrator && { administrator: card.kid }),
});
const revokeOther = (): KeysChange => ({
  kind: 'revoke',
  thumbprint: other.identity.thumbprint,
  keepAdministrators: [],
});
const byServer = (change: KeysChange, from: LoadedKeys = world.first) =>
  changeLibraryKeys(from, change, { server: world.server });
const byKit = (change: KeysChange, from: LoadedKeys = world.first) =>
  changeLibraryKeys(from, change, { server: world.server, kit: world.kit });

describe('a rotation', () => {
  it('opens an epoch of both keyrings, and the earlier ones still open', async () => {
    const next = await byServer({ kind: 'rotate' });
    for (const kind of ['library', 'service'] as const) {
      expect(next[kind].version).toBe(2);
      expect(currentEpoch(next[kind]).epoch).toBe(2);
      expect(next[kind].epochs[0]).toEqual(world.first[kind].epochs[0]);
      expect(next[kind].recipients).toEqual(world.first[kind].recipients);
    }
    expect(next.library.sourceHashKey).toEqual(world.first.library.sourceHashKey);
    expect(await loadLibraryKeys(world.first.seen, next.seen.statements, world.server.identity)).toEqual(
      expect.objectContaining({ seen: next.seen }),
    );
  });

  it('is for administrators, and for whoever has the kit of this library', async () => {
    const added = await byServer(addOther());
    const asOther = { server: other };
    await expect(changeLibraryKeys(added, { kind: 'rotate' }, asOther)).rejects.toMatchObject({
      code: 'not-allowed',
    });
    const foreign = { ...world.kit, rootFingerprint: other.signingKey.kid };
    await expect(
      changeLibraryKeys(added, { kind: 'rotate' }, { server: world.server, kit: foreign }),
    ).rejects.toMatchObject({ code: 'not-allowed' });
    const rotated = await changeLibraryKeys(added, { kind: 'rotate' }, { ...asOther, kit: world.kit });
    expect(rotated.library.epochs).toHaveLength(2);
  });
});

describe('a recipient that is added', () => {
  it('opens all that was sealed before, and its signatures count only by the kit', async () => {
    const added = await byServer(addOther());
    const opened = await loadLibraryKeys(world.first.seen, added.seen.statements, other.identity);
    expect(opened.library.epochs).toEqual(world.first.library.epochs);
    expect(opened.trust.keyFor(card.kid)).toBeUndefined();
    expect(added.library.administrators).toEqual(world.first.library.administrators);
    const trusted = await byKit(addOther(true), added);
    expect(trusted.trust.keyFor(card.kid)).toBeDefined();
    expect(trusted.library.administrators).toContain(card.kid);
  });

  it('again changes nothing', async () => {
    const added = await byKit(addOther(true));
    expect(await byKit(addOther(true), added)).toBe(added);
  });

  it('is told apart from what is no card', async () => {
    const text = writeServerCard(other, 'attic');
    for (const wrong of [
      '',
      '{}',
      text.replace('clef-server-card', 'clef-server-key'),
      text.replace('P-256', 'P-384'),
    ])
      await expect(parseServerCard(wrong)).rejects.toMatchObject({ code: 'bad-request' });
  });
});

describe('a revocation', () => {
  it('leaves the recipient what it had, and gives it nothing that comes', async () => {
    const added = await byKit(addOther(true));
    const revoked = await byServer(revokeOther(), added);
    expect(currentEpoch(revoked.library).epoch).toBe(2);
    expect(currentEpoch(revoked.service).epoch).toBe(2);
    expect(revoked.library.administrators).toEqual([world.server.signingKey.kid]);
    await expect(loadLibraryKeys(added.seen, revoked.seen.statements, other.identity)).rejects.toMatchObject({
      code: 'keyring-rejected',
    });
    // What it signed has to go on verifying.
    expect(revoked.trust.keyFor(card.kid)).toBeDefined();
  });

  it('refuses this server itself, the recovery key and a stranger', async () => {
    const revoke = (thumbprint: string) => byKit({ kind: 'revoke', thumbprint, keepAdministrators: [] });
    await expect(revoke(world.server.identity.thumbprint)).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(revoke(world.recovery.recipient.thumbprint)).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(revoke(other.identity.thumbprint)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('by the kit cannot be answered by the revoked administrator with a second successor', async () => {
    const added = await byKit(addOther(true));
    const answer = await sealKeyring(
      succeedKeyring(added.library, added.seen.heads.library.hash, { openEpoch: true }),
      other.signingKey,
    );
    const forked = { ...NO_STATEMENTS, library: [answer] };
    const byRoot = await byKit(revokeOther(), added);
    const loaded = await loadLibraryKeys(byRoot.seen, forked, world.server.identity);
    expect(loaded.library).toEqual(byRoot.library);
    // Without the kit it can, and both stop until the kit decides.
    const unsafely = await byServer(revokeOther(), added);
    await expect(loadLibraryKeys(unsafely.seen, forked, world.server.identity)).rejects.toMatchObject({
      code: 'keyring-conflict',
    });
  });
});

describe('two rotations of one state', () => {
  it('stop every server, until the kit keeps one and opens an epoch above both', async () => {
    const added = await byKit(addOther(true));
    const mine = await byServer({ kind: 'rotate' }, added);
    const theirs = await changeLibraryKeys(added, { kind: 'rotate' }, { server: other });
    const statements = joinStatements(mine.seen.statements, theirs.seen.statements);
    for (const { seen } of [mine, theirs]) {
      await expect(loadLibraryKeys(seen, statements, world.server.identity)).rejects.toMatchObject({
        code: 'keyring-conflict',
      });
    }
    const { keys, kept, givenUp } = await settleLibraryKeys({
      statements,
      seen: mine.seen,
      kit: world.kit,
      server: world.server,
      keep: [],
    });
    expect(kept.map(({ kind, signer }) => [kind, signer])).toEqual([
      ['library', world.server.signingKey.kid],
      ['service', world.server.signingKey.kid],
    ]);
    expect(givenUp).toMatchObject([
      { signer: card.kid, lostEpochs: [2] },
      { signer: card.kid, lostEpochs: [2] },
    ]);
    expect(keys.library.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(keys.library.epochs[1]).toEqual(mine.library.epochs[1]);
    // Both servers go on with it, also the one whose branch is void, whatever else the nodes still hold.
    const all = joinStatements(statements, keys.seen.statements);
    for (const [seen, identity] of [
      [mine.seen, world.server.identity],
      [theirs.seen, other.identity],
    ] as const) {
      expect((await loadLibraryKeys(seen, all, identity)).library).toEqual(keys.library);
    }
    await expect(
      settleLibraryKeys({ statements: all, seen: keys.seen, kit: world.kit, server: world.server, keep: [] }),
    ).rejects.toMatchObject({ code: 'not-allowed' });
  });

  it('are settled by name where this server has neither of them', async () => {
    const added = await byKit(addOther(true));
    const mine = await byServer({ kind: 'rotate' }, added);
    const theirs = await changeLibraryKeys(added, { kind: 'rotate' }, { server: other });
    const statements = joinStatements(mine.seen.statements, theirs.seen.statements);
    const settlement = { statements, seen: added.seen, kit: world.kit, server: world.server };
    await expect(settleLibraryKeys({ ...settlement, keep: [] })).rejects.toMatchObject({
      code: 'bad-request',
    });
    const names = [theirs.seen.heads.library, theirs.seen.heads.service].map(({ hash }) =>
      hash.toHex().slice(0, 12),
    );
    const { keys } = await settleLibraryKeys({ ...settlement, keep: names });
    expect(keys.library.epochs[1]).toEqual(theirs.library.epochs[1]);
  });
});

describe('a recovery after changes', () => {
  it('has the keys of every epoch, and the drill says so', async () => {
    const rotated = await byServer({ kind: 'rotate' }, await byKit(addOther(true)));
    const revoked = await byKit(revokeOther(), rotated);
    const heir = await newServer('2a');
    const fromNodes = revoked.seen.statements;
    const recovered = await recoverLibraryKeys({ kit: world.kit, fromNodes, server: heir });
    expect(recovered.library.epochs.slice(0, 3)).toEqual(revoked.library.epochs);
    expect(recovered.library.epochs).toHaveLength(4);
    expect(await drillRecoveryKit(world.kit, recovered.seen.statements, [])).toMatchObject({ epochCount: 4 });
  });
});

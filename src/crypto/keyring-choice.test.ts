import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../test/support/crypto-library.ts';
import { type LibraryId, utf8 } from '../core/index.ts';
import { sha256 } from './hash.ts';
import { generateIdentity } from './identity.ts';
import {
  createLibraryKeyring,
  type KeyringChange,
  type LibraryKeyring,
  sealKeyring,
  succeedKeyring,
} from './keyring.ts';
import { chooseKeyring, type KeyringHead } from './keyring-choice.ts';
import type { KeyringTarget } from './keyring-statement.ts';
import { generateSigningKey, type SigningKey } from './signing-key.ts';

interface Version extends KeyringHead {
  readonly keyring: LibraryKeyring;
  readonly jws: string;
}

const libraryId = newId<LibraryId>();
let root: SigningKey;
let alice: SigningKey;
let bob: SigningKey;
let target: KeyringTarget;
let v1: Version;
let v2: Version;
let v3: Version;

async function seal(keyring: LibraryKeyring, signer: SigningKey): Promise<Version> {
  const jws = await sealKeyring(keyring, signer);
  return { keyring, jws, version: keyring.version, hash: await sha256(utf8(jws)) };
}

function succeed(previous: Version, signer: SigningKey, change: KeyringChange = {}): Promise<Version> {
  return seal(succeedKeyring(previous.keyring, previous.hash, change), signer);
}

/** The JWS that was chosen. */
async function choose(candidates: readonly Version[], head?: KeyringHead): Promise<string> {
  return (
    await chooseKeyring(
      candidates.map(({ jws }) => jws),
      target,
      head,
    )
  ).chosen.jws;
}

beforeAll(async () => {
  [root, alice, bob] = await Promise.all([generateSigningKey(), generateSigningKey(), generateSigningKey()]);
  target = { kind: 'library', libraryId, rootFingerprint: root.kid };
  const { recipient } = await generateIdentity('recovery');
  const first = createLibraryKeyring({ libraryId, recipients: [recipient], administrators: [alice.kid] });
  v1 = await seal(first, root);
  v2 = await succeed(v1, alice, { administrators: [alice.kid, bob.kid] });
  v3 = await succeed(v2, bob, { openEpoch: true });
});

describe('the keyring that counts', () => {
  it('is the newest of an unbroken chain from the root, in whatever order the nodes hold it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([v1, v2, v3, v1, v3], { minLength: 5 }), async (candidates) => {
        expect(await choose(candidates)).toBe(v3.jws);
      }),
      { numRuns: 5 },
    );
  });

  it('is not one whose signer the previous version did not name', async () => {
    const early = await succeed(v1, bob, { administrators: [bob.kid] });
    const { chosen, rejected } = await chooseKeyring([early.jws, v1.jws], target);
    expect(chosen.jws).toBe(v1.jws);
    expect(rejected).toMatchObject([{ candidate: 0, error: { code: 'keyring-rejected' } }]);
  });

  it('is not one whose signer was an administrator before, but is none any more', async () => {
    const without = await succeed(v3, alice, { administrators: [alice.kid] });
    const late = await succeed(without, bob);
    expect(await choose([v1, v2, v3, without, late])).toBe(without.jws);
  });

  it('is not one that names another version as its previous', async () => {
    const skipping = await seal({ ...v3.keyring, version: 4, previousHash: v2.hash }, alice);
    expect(await choose([v1, v2, v3, skipping])).toBe(v3.jws);
  });

  it('is not one that an administrator signed without the version that names it', async () => {
    await expect(choose([v3])).rejects.toMatchObject({ code: 'keyring-rejected' });
    await expect(choose([])).rejects.toMatchObject({ code: 'keyring-rejected' });
  });

  it('is what the root signed, whatever an administrator did before', async () => {
    const settled = await succeed(v3, root, { administrators: [] });
    expect(await choose([v1, v2, v3, settled])).toBe(settled.jws);
  });
});

describe('a rollback', () => {
  it('below the version that was seen before is refused', async () => {
    await expect(choose([v1, v2], v3)).rejects.toMatchObject({ code: 'keyring-rejected' });
    expect(await choose([v1, v2, v3], v3)).toBe(v3.jws);
    expect(await choose([v1, v2, v3], v1)).toBe(v3.jws);
  });

  it('to another history of the same length stops the reader', async () => {
    const fork = await succeed(v2, alice);
    await expect(choose([v1, v2, fork], v3)).rejects.toMatchObject({ code: 'keyring-conflict' });
    const longer = await succeed(fork, alice);
    await expect(choose([v1, v2, fork, longer], v3)).rejects.toMatchObject({ code: 'keyring-conflict' });
  });
});

describe('two valid successors of one keyring', () => {
  it('stop the reader until the root signs a later version', async () => {
    const fork = await succeed(v2, alice);
    const longer = await succeed(fork, alice);
    const all = [v1, v2, v3, fork, longer];
    await expect(choose(all)).rejects.toMatchObject({ code: 'keyring-conflict' });
    await expect(choose(all, v3)).rejects.toMatchObject({ code: 'keyring-conflict' });
    const settled = await succeed(v3, root, { aboveVersion: longer.version });
    for (const head of [undefined, v3, fork, longer]) {
      expect(await choose([...all, settled], head)).toBe(settled.jws);
    }
    const next = await succeed(settled, bob);
    expect(await choose([...all, settled, next], longer)).toBe(next.jws);
  });

  it('stop the reader where the root itself signed one of them', async () => {
    const bySelf = await succeed(v2, root);
    await expect(choose([v1, v2, v3, bySelf])).rejects.toMatchObject({ code: 'keyring-conflict' });
    await expect(choose([v1, v2, bySelf], v3)).rejects.toMatchObject({ code: 'keyring-conflict' });
  });

  it('stop the reader where the root signed both', async () => {
    const one = await succeed(v3, root);
    const two = await succeed(v3, root, { openEpoch: true });
    await expect(choose([v1, v2, v3, one, two])).rejects.toMatchObject({ code: 'keyring-conflict' });
  });

  it('are no conflict any more where a removed administrator forks what the root has settled', async () => {
    const without = await succeed(v3, root, { administrators: [alice.kid] });
    const firm = await succeed(without, root);
    const fork = await succeed(v3, bob);
    const longer = await succeed(fork, bob);
    expect(await choose([v1, v2, v3, without, firm, fork, longer])).toBe(firm.jws);
  });
});

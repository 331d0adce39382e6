import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createKeyedLibrary,
  type KeyedLibrary,
  NO_STATEMENTS,
  openEpoch,
} from '../../test/support/keyed-library.ts';
import {
  currentEpoch,
  generateIdentity,
  generateSigningKey,
  type SigningKey,
  signTrust,
} from '../crypto/index.ts';
import { type LoadedKeys, loadLibraryKeys, openStatements } from './library-keys.ts';
import { readSeenKeys, writeSeenKeys } from './seen-keys.ts';
import type { ServerKey } from './server-key.ts';

let libraryId: KeyedLibrary['libraryId'];
let root: SigningKey;
let recovery: KeyedLibrary['recovery'];
let server: ServerKey;
let first: LoadedKeys;

beforeAll(async () => {
  ({ libraryId, root, recovery, server, first } = await createKeyedLibrary());
});

describe('the first keys of a library', () => {
  it('open to the server and to the recovery key, and to nobody else', async () => {
    const { statements } = first.seen;
    const pin = { libraryId, rootFingerprint: root.kid };
    const recovered = await openStatements(statements, pin, recovery.identity);
    expect(currentEpoch(recovered.library)).toEqual(currentEpoch(first.library));
    expect(currentEpoch(recovered.service)).toEqual(currentEpoch(first.service));
    expect(currentEpoch(recovered.service)).not.toEqual(currentEpoch(first.library));
    const stranger = await generateIdentity('server');
    await expect(openStatements(statements, pin, stranger.identity)).rejects.toMatchObject({
      code: 'keyring-rejected',
    });
  });

  it('name the server as signer of manifests and as administrator', () => {
    expect(first.trust.keyFor(server.signingKey.kid)).toBeDefined();
    expect(first.trust.keyFor(root.kid)).toBeUndefined();
    expect(first.library.administrators).toEqual([server.signingKey.kid]);
  });

  it('load again from the nodes, and from memory while every node is away', async () => {
    for (const fromNodes of [first.seen.statements, NO_STATEMENTS]) {
      const loaded = await loadLibraryKeys(first.seen, fromNodes, server.identity);
      expect(loaded.library).toEqual(first.library);
      expect(loaded.seen).toEqual(first.seen);
      expect(loaded.rejected).toEqual([]);
    }
  });
});

describe('keys that changed', () => {
  it('are remembered with what they descend from, and without what a lost administrator still signs', async () => {
    const second = await openEpoch(first, server.signingKey);
    const third = await openEpoch(
      await loadLibraryKeys(first.seen, { ...NO_STATEMENTS, library: [second] }, server.identity),
      root,
    );
    const branch = await openEpoch(first, server.signingKey);
    const onNodes = { ...NO_STATEMENTS, library: [branch, second, third] };
    const loaded = await loadLibraryKeys(first.seen, onNodes, server.identity);
    expect(loaded.library.version).toBe(3);
    expect(loaded.seen.statements.library).toEqual([...first.seen.statements.library, second, third]);
  });

  it('are taken over from the nodes, and remembered', async () => {
    const second = await openEpoch(first, server.signingKey);
    const loaded = await loadLibraryKeys(
      first.seen,
      { ...NO_STATEMENTS, library: [second] },
      server.identity,
    );
    expect(loaded.library.version).toBe(2);
    expect(loaded.library.epochs).toHaveLength(2);
    expect(loaded.seen.heads.library.version).toBe(2);
    expect(loaded.seen.statements.library).toHaveLength(2);
    const later = await loadLibraryKeys(loaded.seen, NO_STATEMENTS, server.identity);
    expect(later.library.version).toBe(2);
  });

  it('cannot be rolled back by nodes that forgot them', async () => {
    const second = await openEpoch(first, server.signingKey);
    const { seen } = await loadLibraryKeys(
      first.seen,
      { ...NO_STATEMENTS, library: [second] },
      server.identity,
    );
    const forgetful = { ...seen, statements: first.seen.statements };
    await expect(loadLibraryKeys(forgetful, first.seen.statements, server.identity)).rejects.toMatchObject({
      code: 'keyring-rejected',
    });
  });

  it('stop the server where two of them follow the same one', async () => {
    const branches = [await openEpoch(first, server.signingKey), await openEpoch(first, server.signingKey)];
    const loading = loadLibraryKeys(first.seen, { ...NO_STATEMENTS, library: branches }, server.identity);
    await expect(loading).rejects.toMatchObject({ code: 'keyring-conflict' });
  });

  it('are refused and reported from a stranger who knows only the public recipients', async () => {
    const stranger = await generateSigningKey();
    const forged = await openEpoch(first, stranger);
    const loaded = await loadLibraryKeys(
      first.seen,
      { ...NO_STATEMENTS, library: [forged, 'junk'] },
      server.identity,
    );
    expect(loaded.library.version).toBe(1);
    expect(loaded.rejected.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['keyring-rejected', 'keyring-rejected']) as string[],
    );
    expect(loaded.seen.statements.library).toHaveLength(1);
  });

  it('do not come from a statement of trust that is older than one seen, or of another root', async () => {
    const keys = [{ role: 'server', jwk: server.signingKey.publicJwk }] as const;
    const second = await signTrust({ libraryId, version: 2, keys }, root);
    const { seen } = await loadLibraryKeys(
      first.seen,
      { ...NO_STATEMENTS, trust: [second] },
      server.identity,
    );
    expect(seen.trustVersion).toBe(2);
    const forgetful = { ...seen, statements: first.seen.statements };
    await expect(loadLibraryKeys(forgetful, NO_STATEMENTS, server.identity)).rejects.toMatchObject({
      code: 'signature-invalid',
    });
    const foreign = await signTrust({ libraryId, version: 9, keys }, await generateSigningKey());
    const loaded = await loadLibraryKeys(seen, { ...NO_STATEMENTS, trust: [foreign] }, server.identity);
    expect(loaded.trust.version).toBe(2);
    expect(loaded.rejected).toHaveLength(1);
  });
});

describe('the memory of seen keys', () => {
  it('comes back from its file, however many versions it holds, and is refused where it is damaged', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'clef-seen-'));
    const path = join(folder, 'keyring-seen.json');
    expect(await readSeenKeys(path)).toBeUndefined();
    await writeSeenKeys(path, first.seen);
    expect(await readSeenKeys(path)).toEqual(first.seen);
    const library = Array.from({ length: 500 }, () => first.seen.statements.library).flat();
    const long = { ...first.seen, statements: { ...first.seen.statements, library } };
    await writeSeenKeys(path, long);
    expect(await readSeenKeys(path)).toEqual(long);
    await writeFile(path, '{"format":"clef-keyrings-seen"}');
    await expect(readSeenKeys(path)).rejects.toMatchObject({ code: 'data-invalid' });
    await rm(folder, { recursive: true });
  });
});

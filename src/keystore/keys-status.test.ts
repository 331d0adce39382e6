import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createKeyedLibrary } from '../../test/support/keyed-library.ts';
import { keysStatus } from './keys-status.ts';
import type { LoadedKeys } from './library-keys.ts';
import type { ServerKey } from './server-key.ts';

describe('keysStatus', () => {
  let server: ServerKey;
  let first: LoadedKeys;
  beforeAll(async () => {
    ({ server, first } = await createKeyedLibrary());
  });

  const phrase = 'whoever takes this whole machine can read open libraries';

  it('says plainly what a key file beside the vault means', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'clef-status-'));
    const path = join(folder, 'server.key');
    await writeFile(path, '');
    const status = await keysStatus({
      keys: first,
      server,
      place: { kind: 'file', path },
      nodeFolders: [folder],
    });
    expect(status.serverKey).toMatchObject({ kind: 'file', besideVault: true });
    expect(status.serverKey.sentence).toContain(phrase);
    const unknown = await keysStatus({
      keys: first,
      server,
      place: { kind: 'file', path },
      nodeFolders: [join(folder, 'not mounted')],
    });
    expect(unknown.serverKey.besideVault).toBe(true);
    await rm(folder, { recursive: true });
  });

  it.skipIf(process.platform !== 'linux')('does not call a key on another disk safe either', async () => {
    const place = { kind: 'file', path: tmpdir() } as const;
    const { serverKey } = await keysStatus({ keys: first, server, place, nodeFolders: ['/proc'] });
    expect(serverKey.besideVault).toBe(false);
    expect(serverKey.sentence).toContain(phrase);
  });

  it('lists recipients, epochs and which of them is this server', async () => {
    const place = { kind: 'credential', directory: '/run', name: 'clef' } as const;
    const { keyrings } = await keysStatus({ keys: first, server, place, nodeFolders: [] });
    expect(keyrings.map(({ kind, version, currentEpoch }) => [kind, version, currentEpoch])).toEqual([
      ['library', 1, 1],
      ['service', 1, 1],
    ]);
    expect(keyrings[0]?.recipients.map(({ role, isThisServer }) => [role, isThisServer])).toEqual([
      ['recovery', false],
      ['server', true],
    ]);
    expect(keyrings[0]?.administrators).toEqual([{ kid: server.signingKey.kid, isThisServer: true }]);
  });
});

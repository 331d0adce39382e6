import { beforeAll, describe, expect, it } from 'vitest';
import {
  createKeyedLibrary,
  type KeyedLibrary,
  newServer,
  NO_STATEMENTS,
  openEpoch,
} from '../../test/support/keyed-library.ts';
import { drillRecoveryKit } from './drill.ts';
import { type LoadedKeys, loadLibraryKeys } from './library-keys.ts';
import { recoverLibraryKeys } from './recover-keys.ts';
import type { ServerKey } from './server-key.ts';

describe('after a loss', () => {
  let server: ServerKey;
  let first: LoadedKeys;
  let kit: KeyedLibrary['kit'];
  let heir: ServerKey;
  let recovered: LoadedKeys;
  beforeAll(async () => {
    ({ server, first, kit } = await createKeyedLibrary());
    heir = await newServer('17');
    recovered = await recoverLibraryKeys({ kit, fromNodes: first.seen.statements, server: heir });
  });

  it('the kit hands all keys of before to a new server, with a new epoch for what comes', () => {
    expect(recovered.library.epochs[0]).toEqual(first.library.epochs[0]);
    expect(recovered.library.sourceHashKey).toEqual(first.library.sourceHashKey);
    expect(recovered.service.epochs[0]).toEqual(first.service.epochs[0]);
    expect(recovered.library.epochs).toHaveLength(2);
    expect(recovered.library.administrators).toEqual([heir.signingKey.kid]);
  });

  it('the lost server opens nothing newer, and what it signed stays verifiable', async () => {
    const loading = loadLibraryKeys(first.seen, recovered.seen.statements, server.identity);
    await expect(loading).rejects.toMatchObject({ code: 'keyring-rejected' });
    expect(recovered.trust.keyFor(server.signingKey.kid)).toBeDefined();
    expect(recovered.trust.keyFor(heir.signingKey.kid)).toBeDefined();
    // Neither after the recovery nor beside it is there a version that the lost server may sign.
    for (const from of [recovered, first]) {
      const forged = await openEpoch(from, server.signingKey);
      const onNodes = { ...NO_STATEMENTS, library: [forged] };
      const later = await loadLibraryKeys(recovered.seen, onNodes, heir.identity);
      expect(later.library).toEqual(recovered.library);
    }
  });

  it('a recovery that is run again for the same server changes nothing', async () => {
    const again = await recoverLibraryKeys({
      kit: kit,
      fromNodes: recovered.seen.statements,
      server: heir,
    });
    expect(again.seen).toEqual(recovered.seen);
  });

  it('the kit still opens what the new server is given', async () => {
    const report = await drillRecoveryKit(kit, recovered.seen.statements, []);
    expect(report).toMatchObject({ libraryVersion: 3, serviceVersion: 3, epochCount: 2, trustVersion: 2 });
  });
});

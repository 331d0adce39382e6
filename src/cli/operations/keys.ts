import { randomInt } from 'node:crypto';
import * as v from 'valibot';
import { deriveTicketKey } from '../../crypto/index.ts';
import {
  type DrillReport,
  drillRecoveryKit,
  type KeysStatus,
  keysStatus,
  openRecoveryKit,
  openStatements,
} from '../../keystore/index.ts';
import { readStatements, sampleAssets } from '../../vault/index.ts';
import { keylessOperation, operation } from './operation.ts';

export const showKeys = operation({
  name: 'keys.status',
  args: v.object({}),
  run: ({ keys, registry: { places } }): Promise<KeysStatus> =>
    keysStatus({
      keys: keys.keys,
      server: keys.server,
      place: keys.place,
      nodeFolders: places.map(({ place }) => place),
    }),
});

/** Names the library and the public half of what makes session tickets: both are known to anyone, and open nothing. */
export const showGatewayKey = operation({
  name: 'keys.gateway',
  args: v.object({}),
  async run({ keys, data }): Promise<{ readonly key: string }> {
    // All that serves is a third of what a command would load, and no other command needs it.
    const { publicTicketKey } = await import('../../http/index.ts');
    const key = publicTicketKey(await deriveTicketKey(keys.sealing.service));
    return { key: `${data.identity.libraryId}.${key}` };
  },
});

/** Assets that a drill decrypts; each is read from the nodes alone. */
const DRILL_SAMPLES = 5;

/** Reads nothing but the kit and the nodes: what the data folder knows is not asked, and only told that it worked. */
export const drillKit = keylessOperation({
  name: 'keys.drill',
  args: v.object({ kit: v.string(), passphrase: v.string() }),
  async run({ nodes, drills }, { kit: folder, passphrase }, { signal }): Promise<DrillReport> {
    const kit = await openRecoveryKit(folder, passphrase);
    const { libraryId, rootFingerprint, recovery } = kit;
    const fromNodes = await readStatements(nodes, libraryId, { signal });
    const { trust } = await openStatements(fromNodes, { libraryId, rootFingerprint }, recovery);
    const random = () => randomInt(2 ** 32) / 2 ** 32;
    const samples = await sampleAssets({ nodes, libraryId, trust, count: DRILL_SAMPLES, random, signal });
    const report = await drillRecoveryKit(kit, fromNodes, samples);
    // What opened nothing proved nothing.
    if (report.assets.length > 0) await drills.record();
    return report;
  },
});

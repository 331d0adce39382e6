import * as v from 'valibot';
import { ClefError, parseWireId } from '../../core/index.ts';
import { signTombstone, writeTombstone } from '../../vault/index.ts';
import { operation } from './operation.ts';

export const removeTrack = operation({
  name: 'track.remove',
  args: v.object({ id: v.string() }),
  async run({ catalog, data, nodes, policy, keys, shell }, { id }, { signal }) {
    const parsed = parseWireId(id);
    if (parsed?.kind !== 'tr')
      throw new ClefError('bad-request', 'a track id looks like tr-1z9k; players show it');
    const { assets } = await catalog.removeTrack(parsed.id);
    for (const assetId of assets) {
      const tombstone = await signTombstone(
        { libraryId: data.identity.libraryId, assetId, atMs: shell.now() },
        keys.server.signingKey,
      );
      await writeTombstone(tombstone, { nodes, trust: keys.keys.trust, copies: policy.m + 1, signal });
      await catalog.forgetAsset(assetId);
    }
    return { assets: assets.length };
  },
});

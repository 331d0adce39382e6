import * as v from 'valibot';
import { ClefError, parseWireId } from '../../core/index.ts';
import { buryAsset } from './bury.ts';
import { operation } from './operation.ts';

export const removeTrack = operation({
  name: 'track.remove',
  args: v.object({ id: v.string() }),
  async run(app, { id }, { signal }) {
    const parsed = parseWireId(id);
    if (parsed?.kind !== 'tr')
      throw new ClefError('bad-request', 'a track id looks like tr-1z9k; players show it');
    // Cut off in between, the assets are orphans: a sweep buries those.
    const { assets } = await app.catalog.removeTrack(parsed.id);
    for (const assetId of assets) await buryAsset(app, assetId, signal);
    return { assets: assets.length };
  },
});

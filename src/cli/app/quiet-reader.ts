import type { CatalogReader, StoredAsset } from '../../catalog/index.ts';
import type { ByteRange } from '../../core/index.ts';
import {
  createVaultReader,
  loadErasureCode,
  nodeAead,
  type NodeSet,
  readOn,
  releasePiece,
  type Vault,
} from '../../vault/index.ts';
import type { Shell } from '../shell.ts';
import type { EstablishedKeys } from './keys.ts';
import { trackKeyFinder } from './media.ts';

/** Reads what is worked through in the background: whole libraries, which would leave nothing of the hot cache. */
export async function openQuietReader(ground: {
  readonly vault: Vault;
  readonly nodes: NodeSet;
  readonly keys: EstablishedKeys;
  readonly shell: Pick<Shell, 'now'>;
  readonly catalog: Pick<CatalogReader, 'asset'>;
}) {
  const { vault, nodes, shell, catalog } = ground;
  const trackKey = trackKeyFinder({ unlocked: Promise.resolve(ground) });
  const reader = createVaultReader({
    nodes,
    aead: nodeAead,
    erasure: await loadErasureCode(),
    onDamage: (report) => vault.damage.report(report),
    cacheBytes: 0,
    now: shell.now,
  });
  return {
    async *read(asset: StoredAsset, range: ByteRange, signal: AbortSignal) {
      const key = await trackKey(asset);
      const read = (at: StoredAsset, rest: ByteRange) => reader.read(at, key, rest, { signal });
      yield* readOn(asset, range, read, () => catalog.asset(asset.assetId));
    },
    release: releasePiece,
  };
}

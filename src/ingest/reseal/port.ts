import type { CatalogMaintenance, CatalogReader, StoredAsset } from '../../catalog/index.ts';
import type { AssetId } from '../../core/index.ts';
import type { AssetFacts } from '../../vault/index.ts';
import type { AssetReader } from '../companions/asset-media.ts';
import type { Seal } from '../seal.ts';

/** What assets are sealed anew with. */
export interface ResealGround {
  readonly catalog: Pick<CatalogReader, 'companion'> &
    Pick<CatalogMaintenance, 'assetsOfEpochs' | 'assetInUse' | 'exchangeAsset'>;
  readonly reader: AssetReader;
  readonly seal: Seal;
  /** From the asset's manifest. */
  readonly facts: (asset: StoredAsset, signal: AbortSignal) => Promise<AssetFacts>;
  /** Signs that an asset may go, and resolves when enough nodes say so: false where one of them said so before. */
  readonly bury: (id: AssetId, signal: AbortSignal) => Promise<boolean>;
  /** Keeps imports, which remember assets that they found, from running meanwhile. */
  readonly alone: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Told what was read, of the old and of the new; resolves when more may be. */
  readonly pace: (bytes: number) => Promise<void>;
  readonly now: () => number;
}

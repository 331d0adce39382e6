import type { StoredAsset } from '../catalog/index.ts';
import type { SealedAsset } from '../core/index.ts';
import type { JsonValue } from '../crypto/index.ts';
import type { AssetKind } from '../vault/index.ts';

export interface SealInput {
  readonly kind: AssetKind;
  readonly lengthBytes: number;
  /** Gives exactly `lengthBytes`; each piece is valid until the next is asked for. */
  readonly plaintext: AsyncIterable<Uint8Array>;
  readonly birth: JsonValue;
  readonly signal?: AbortSignal;
}

/** A vault's write: resolves when the asset is durable, rejects and leaves nothing behind otherwise. */
export type Seal = (input: SealInput) => Promise<SealedAsset>;

/** What the catalogue keeps of a sealed asset: named one by one, since a write also answers the key. */
export function storedAsset(sealed: SealedAsset, mediaType: string, createdAtMs: number): StoredAsset {
  const { libraryId, assetId, layoutId, policy, header, columnNodes } = sealed;
  const { wrappedKey, epoch, lengthBytes, storedBytes, degraded } = sealed;
  return {
    libraryId,
    assetId,
    layoutId,
    policy,
    header,
    columnNodes,
    wrappedKey,
    epoch,
    lengthBytes,
    storedBytes,
    degraded,
    mediaType,
    createdAtMs,
  };
}

import { type AssetId, type Bytes, ClefError } from '../core/index.ts';
import {
  chunkPlainLength,
  keyOfEpoch,
  type LibraryKeyring,
  openAssetCipher,
  parseAssetHeader,
  unwrapTrackKey,
  verifyManifest,
} from '../crypto/index.ts';
import { type KeyStatements, openStatements } from './library-keys.ts';
import type { OpenRecoveryKit } from './recovery-kit.ts';

/** One asset as the nodes hold it, chosen at random by the caller. */
export interface SampledAsset {
  /** The signed manifest out of a column object. */
  readonly manifest: string;
  /** A sealed chunk out of a column object. */
  readonly readSealedChunk: (index: number) => Promise<Uint8Array>;
}

export interface DrillReport {
  readonly libraryVersion: number;
  readonly serviceVersion: number;
  readonly epochCount: number;
  readonly trustVersion: number;
  /** Statements on the nodes that are forged, foreign or damaged. */
  readonly rejectedCount: number;
  /** Every sampled asset, with how much of it was decrypted. */
  readonly assets: readonly { readonly assetId: AssetId; readonly decryptedBytes: number }[];
}

/**
 * Proves that kit and passphrase bring the library back, from what the nodes hold and nothing else: the root
 * in the kit vouches for their statements, the recovery key opens their keyrings, and the keys inside decrypt
 * the first and the last chunk of each sampled asset. Throws what the first broken link throws.
 */
export async function drillRecoveryKit(
  kit: OpenRecoveryKit,
  fromNodes: KeyStatements,
  samples: readonly SampledAsset[],
): Promise<DrillReport> {
  const { libraryId, rootFingerprint, recovery } = kit;
  const keys = await openStatements(fromNodes, { libraryId, rootFingerprint }, recovery);
  const assets: DrillReport['assets'][number][] = [];
  for (const sample of samples) {
    const manifest = await verifyManifest(sample.manifest, keys.trust);
    const cipher = await openCipher(keys.library, manifest);
    const { paddedLengthBytes } = parseAssetHeader(manifest.header);
    let decryptedBytes = 0;
    for (const index of new Set([0, cipher.chunkCount - 1])) {
      const chunk = await cipher.openChunk(index, await sample.readSealedChunk(index));
      if (chunk.length !== chunkPlainLength(index, paddedLengthBytes)) {
        throw new ClefError(
          'malformed-asset',
          `chunk ${index} of asset ${manifest.assetId} has a wrong length`,
        );
      }
      decryptedBytes += chunk.length;
    }
    assets.push({ assetId: manifest.assetId, decryptedBytes });
  }
  return {
    libraryVersion: keys.library.version,
    serviceVersion: keys.service.version,
    epochCount: keys.library.epochs.length,
    trustVersion: keys.trust.version,
    rejectedCount: keys.rejected.length,
    assets,
  };
}

async function openCipher(
  keyring: LibraryKeyring,
  {
    assetId,
    header,
    wrappedKey,
    epoch,
  }: { assetId: AssetId; header: Bytes; wrappedKey: Bytes; epoch: number },
) {
  const libraryKey = keyOfEpoch(keyring, epoch);
  if (libraryKey === undefined) {
    throw new ClefError(
      'keyring-rejected',
      `the keyring lacks epoch ${epoch}, under which asset ${assetId} is sealed`,
    );
  }
  return openAssetCipher(await unwrapTrackKey(libraryKey, wrappedKey), parseAssetHeader(header));
}

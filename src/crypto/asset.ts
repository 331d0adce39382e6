import { type AssetId, type Bytes, concatBytes, equalBytes } from '../core/index.ts';
import { type AeadFactory, webCryptoAead } from './aead.ts';
import { type AssetHeader, encodeUncommittedHeader, SALT_BYTES } from './asset-header.ts';
import { decryptionFailed } from './failure.ts';
import { sha256 } from './hash.ts';
import { extract, labelled } from './hkdf.ts';
import { randomBytes } from './random.ts';
import { assertAssetLength } from './sizes.ts';
import { type ChunkCipher, chunkCipher } from './stream.ts';
import { assertKey, type TrackKey } from './track-key.ts';

const COMMIT_LABEL = 'clef/v1/commit';
const PAYLOAD_LABEL = 'clef/v1/payload';

/** The chunks of one asset. */
export type AssetCipher = ChunkCipher;

/** Draws the salt and commits to the track key; one header seals one byte string, once. */
export async function createAssetHeader(asset: {
  readonly assetId: AssetId;
  readonly trackKey: TrackKey;
  readonly paddedLengthBytes: number;
}): Promise<AssetHeader> {
  assertAssetLength(asset.paddedLengthBytes);
  const { assetId, paddedLengthBytes } = asset;
  const uncommitted = { assetId, paddedLengthBytes, salt: randomBytes(SALT_BYTES) };
  const { commitment } = await deriveAssetKeys(asset.trackKey, uncommitted);
  return { ...uncommitted, commitment };
}

/** Compares the commitment first: GCM alone would open one ciphertext under two crafted keys. */
export async function openAssetCipher(
  trackKey: TrackKey,
  header: AssetHeader,
  aead: AeadFactory = webCryptoAead,
): Promise<AssetCipher> {
  const { commitment, chunkKey } = await deriveAssetKeys(trackKey, header);
  if (!equalBytes(commitment, header.commitment)) throw decryptionFailed();
  return chunkCipher(await aead(await chunkKey()), header.paddedLengthBytes);
}

async function deriveAssetKeys(
  trackKey: TrackKey,
  header: Omit<AssetHeader, 'commitment'>,
): Promise<{ commitment: Bytes; chunkKey: () => Promise<Bytes> }> {
  assertKey(trackKey);
  const expand = await extract(header.salt, trackKey);
  const uncommitted = encodeUncommittedHeader(header);
  const commitment = await expand(labelled(COMMIT_LABEL, await sha256(uncommitted)));
  return {
    commitment,
    async chunkKey() {
      return expand(labelled(PAYLOAD_LABEL, await sha256(concatBytes(uncommitted, commitment))));
    },
  };
}

import type { PlayLocation } from '../../api/reading.ts';
import { type Bytes, ClefError, concatBytes, fromBase64Url } from '../../core/index.ts';
import { CHUNK_BYTES, openAssetCipher, parseAssetHeader, sealedChunkRange } from '../../crypto/reading.ts';
import { createLayout, type Layout } from '../../vault/reading.ts';

/** One asset that can be decrypted: its header has committed to the key. */
export interface SealedAsset {
  readonly location: PlayLocation;
  readonly layout: Layout;
  /** Plaintext without padding. Throws the opaque `decryption-failed` on anything but the chunk that was sealed here. */
  open(chunk: number, sealed: Uint8Array): Promise<Bytes>;
}

export async function openSealedAsset(location: PlayLocation, key: Bytes): Promise<SealedAsset> {
  const { k, m, lengthBytes } = location;
  const header = parseAssetHeader(fromBase64Url(location.header));
  const { paddedLengthBytes } = header;
  if (header.assetId !== location.assetId || !(lengthBytes >= 0 && lengthBytes <= paddedLengthBytes)) {
    throw new ClefError('malformed-asset', 'an asset header does not belong to its asset');
  }
  const cipher = await openAssetCipher(key, header);
  return {
    location,
    layout: createLayout({ k, m }, paddedLengthBytes),
    async open(chunk, sealed) {
      const plain = await cipher.openChunk(chunk, sealed);
      return plain.subarray(0, Math.max(0, lengthBytes - chunk * CHUNK_BYTES));
    },
  };
}

/** All of a small asset, from its sealed chunks one after the other. */
export async function openWhole(asset: SealedAsset, sealed: Bytes): Promise<Bytes> {
  const { layout } = asset;
  const chunks = Array.from({ length: layout.chunkCount }, (_, chunk) => {
    const { startBytes, endBytes } = sealedChunkRange(chunk, layout.paddedLengthBytes);
    return asset.open(chunk, sealed.subarray(startBytes, endBytes));
  });
  return concatBytes(...(await Promise.all(chunks)));
}

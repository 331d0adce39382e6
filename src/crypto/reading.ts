// The second public surface: what reading an asset takes, without signatures, envelopes and schemas. The web player
// imports this one, so that its bundle holds nothing else; who imports index.ts has all of this too.

export { type AeadFactory, webCryptoAead } from './aead.ts';
export { type AssetCipher, openAssetCipher } from './asset.ts';
export { type AssetHeader, parseAssetHeader } from './asset-header.ts';
export {
  CELL_CHUNKS,
  CHUNK_BYTES,
  chunkCount,
  chunkPlainLength,
  MAX_COLUMNS,
  SEALED_CHUNK_BYTES,
  sealedChunkRange,
  sealedLength,
  TAG_BYTES,
} from './sizes.ts';

// The second public surface: what reading an asset takes, without signatures, envelopes and schemas. The web player
// imports this one, so that its bundle holds nothing else; who imports index.ts has all of this too.

export { openAssetCipher } from './asset.ts';
export { parseAssetHeader } from './asset-header.ts';
export {
  CELL_CHUNKS,
  CHUNK_BYTES,
  chunkCount,
  chunkPlainLength,
  MAX_COLUMNS,
  SEALED_CHUNK_BYTES,
  sealedChunkRange,
  TAG_BYTES,
} from './sizes.ts';

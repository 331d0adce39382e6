export { type Aead, type AeadFactory, webCryptoAead } from './aead.ts';
export { type AssetCipher, createAssetHeader, openAssetCipher } from './asset.ts';
export {
  ASSET_HEADER_BYTES,
  type AssetHeader,
  encodeAssetHeader,
  parseAssetHeader,
} from './asset-header.ts';
export { HASH_BYTES, sha256 } from './hash.ts';
export type { JsonValue } from './json.ts';
export { CELL_CHUNKS, type Manifest, signManifest, verifyManifest } from './manifest.ts';
export { MAX_RECORD_BYTES, MAX_SEALED_RECORD_BYTES, openRecord, sealRecord } from './records.ts';
export {
  exportSigningKey,
  generateSigningKey,
  importSigningKey,
  type PrivateSigningJwk,
  type PublicSigningJwk,
  type SigningKey,
} from './signing-key.ts';
export {
  CHUNK_BYTES,
  chunkCount,
  chunkPlainLength,
  chunksCovering,
  MAX_ASSET_BYTES,
  MAX_COLUMNS,
  type Padding,
  paddedLength,
  SEALED_CHUNK_BYTES,
  sealedChunkRange,
  sealedLength,
  TAG_BYTES,
} from './sizes.ts';
export {
  generateKey,
  generateTrackKey,
  KEY_BYTES,
  type TrackKey,
  unwrapTrackKey,
  WRAPPED_KEY_BYTES,
  wrapTrackKey,
} from './track-key.ts';
export {
  type SignerRole,
  signTrust,
  type Trust,
  type TrustedKey,
  type TrustStatement,
  verifyTrust,
} from './trust.ts';

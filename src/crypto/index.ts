export { type Aead, type AeadFactory, webCryptoAead } from './aead.ts';
export { type AssetCipher, createAssetHeader, openAssetCipher } from './asset.ts';
export {
  type AssetHeader,
  encodeAssetHeader,
  parseAssetHeader,
} from './asset-header.ts';
export { type EnvelopeFacts, sealToDevice } from './device-envelope.ts';
export { HASH_BYTES, sha256 } from './hash.ts';
export {
  createRecipient,
  exportIdentity,
  generateIdentity,
  type Identity,
  importIdentity,
  type PrivateRecipientJwk,
  type Recipient,
  type RecipientJwk,
  type RecipientRole,
} from './identity.ts';
export type { JsonValue } from './json.ts';
export {
  createLibraryKeyring,
  createServiceKeyring,
  currentEpoch,
  type EpochKey,
  type Keyring,
  type KeyringChange,
  keyOfEpoch,
  type LibraryKeyring,
  openLibraryKeyring,
  openServiceKeyring,
  sealKeyring,
  type ServiceKeyring,
  succeedKeyring,
} from './keyring.ts';
export {
  chooseKeyring,
  type KeyringBranches,
  type KeyringChoice,
  type KeyringHead,
  keyringBranches,
} from './keyring-choice.ts';
export type { KeyringKind, KeyringStatement, KeyringTarget, SignedKeyring } from './keyring-statement.ts';
export {
  LOG_HEAD_BYTES,
  type LogSegment,
  type LogSegmentHeader,
  MAX_LOG_SEGMENT_BYTES,
  type SealLogSegment,
  sealLogSegment,
  verifyLogSegment,
  verifyLogSegmentHeader,
} from './log-segment.ts';
export { type Manifest, signManifest, verifyManifest } from './manifest.ts';
export { openRecord, sealRecord } from './records.ts';
export { openSecret, type SecretPlace, sealSecret } from './service-secret.ts';
export {
  exportSigningKey,
  generateSigningKey,
  importSigningKey,
  type PrivateSigningJwk,
  type PublicSigningJwk,
  publicSigningJwkSchema,
  type SigningKey,
  signingKeyId,
} from './signing-key.ts';
export {
  CELL_CHUNKS,
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
export { signStatement, type Statement, type StatementHeader, verifyStatement } from './statement.ts';
export { deriveTicketKey } from './ticket-key.ts';
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
export {
  openUploadBlock,
  sealedUploadBlockLength,
  sealUploadBlock,
  UPLOAD_BLOCK_BYTES,
  type UploadBlockPlace,
} from './upload-block.ts';

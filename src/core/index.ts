export type { AssetLocation, ByteRange, Policy, SealedAsset } from './asset.ts';
export {
  type Bytes,
  asBytes,
  concatBytes,
  equalBytes,
  fromBase64Url,
  fromHex,
  fromUtf8,
  toBase64Url,
  toHex,
  utf8,
} from './bytes.ts';
export { type ErrorCode, type ErrorRow, errorTable } from './error-table.ts';
export { ClefError, isClefError, unreachable } from './errors.ts';
export {
  BUCKET_COUNT,
  type AlbumId,
  type ArtistId,
  type AssetId,
  type LayoutId,
  type LibraryId,
  type NodeId,
  type PlaylistId,
  type ServerId,
  type TrackId,
  type UploadId,
  type UserId,
  type WireIdKinds,
  type WireKind,
  bucketOf,
  catalogId,
  isHexId,
  parseWireId,
  randomId,
  wireId,
} from './ids.ts';

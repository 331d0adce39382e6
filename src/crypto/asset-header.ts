import { type AssetId, type Bytes, ClefError, concatBytes, fromHex, toHex, utf8 } from '../core/index.ts';
import { CHUNK_BYTES, MAX_ASSET_BYTES } from './sizes.ts';

/** docs/format.md, "Asset header". Lies in the manifest only. */
export interface AssetHeader {
  readonly assetId: AssetId;
  readonly paddedLengthBytes: number;
  readonly salt: Bytes;
  readonly commitment: Bytes;
}

const MAGIC = utf8('CLEF');
const VERSION = 1;
const CHUNK_EXPONENT = Math.log2(CHUNK_BYTES);
export const SALT_BYTES = 32;
export const COMMITMENT_BYTES = 32;
const ID_OFFSET = 8;
const LENGTH_OFFSET = 24;
const SALT_OFFSET = 32;
const COMMITMENT_OFFSET = SALT_OFFSET + SALT_BYTES;
export const ASSET_HEADER_BYTES = COMMITMENT_OFFSET + COMMITMENT_BYTES;

/** H0: the header without its commitment. */
export function encodeUncommittedHeader(header: Omit<AssetHeader, 'commitment'>): Bytes {
  const fixed = new DataView(new ArrayBuffer(SALT_OFFSET));
  new Uint8Array(fixed.buffer).set(MAGIC);
  fixed.setUint8(4, VERSION);
  fixed.setUint8(5, CHUNK_EXPONENT);
  new Uint8Array(fixed.buffer).set(fromHex(header.assetId), ID_OFFSET);
  fixed.setBigUint64(LENGTH_OFFSET, BigInt(header.paddedLengthBytes));
  return concatBytes(new Uint8Array(fixed.buffer), header.salt);
}

export function encodeAssetHeader(header: AssetHeader): Bytes {
  return concatBytes(encodeUncommittedHeader(header), header.commitment);
}

/** Refuses what the format does not allow before anything is sized by it. */
export function parseAssetHeader(bytes: Uint8Array): AssetHeader {
  if (bytes.length !== ASSET_HEADER_BYTES) {
    throw malformed(`${ASSET_HEADER_BYTES} bytes expected, got ${bytes.length}`);
  }
  if (MAGIC.some((byte, at) => bytes[at] !== byte)) throw malformed('it does not begin with CLEF');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(4) !== VERSION) throw unsupported(`version ${VERSION} expected, got ${view.getUint8(4)}`);
  if (view.getUint8(5) !== CHUNK_EXPONENT) {
    throw unsupported(`chunks of 2^${CHUNK_EXPONENT} bytes expected, got 2^${view.getUint8(5)}`);
  }
  if (view.getUint16(6) !== 0) throw unsupported('reserved bytes are not zero');
  const paddedLength = view.getBigUint64(LENGTH_OFFSET);
  if (paddedLength > BigInt(MAX_ASSET_BYTES)) {
    throw unsupported(`at most ${MAX_ASSET_BYTES} bytes expected, got ${paddedLength}`);
  }
  return {
    assetId: toHex(bytes.subarray(ID_OFFSET, LENGTH_OFFSET)) as AssetId,
    paddedLengthBytes: Number(paddedLength),
    salt: new Uint8Array(bytes.subarray(SALT_OFFSET, COMMITMENT_OFFSET)),
    commitment: new Uint8Array(bytes.subarray(COMMITMENT_OFFSET)),
  };
}

function malformed(what: string): ClefError {
  return new ClefError('malformed-asset', `asset header: ${what}`);
}

function unsupported(what: string): ClefError {
  return new ClefError('unsupported-format', `asset header: ${what}`);
}

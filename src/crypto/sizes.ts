import { type ByteRange, ClefError } from '../core/index.ts';

/** Plaintext of every chunk but the last, which may be shorter. */
export const CHUNK_BYTES = 65_536;
export const TAG_BYTES = 16;
export const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES;
/** Chunks that stay together in one column. */
export const CELL_CHUNKS = 4;
/** The longest padded plaintext; a reader refuses more before it allocates. */
export const MAX_ASSET_BYTES = 2 ** 40;
/** k + m never exceeds this. */
export const MAX_COLUMNS = 32;

export type Padding = 'padme' | 'none';

/** floor(log2(n)) for an integer n >= 1, exact where Math.log2 rounds. */
function exponentOf(n: number): number {
  return n >= 2 ** 32 ? 63 - Math.clz32(n / 2 ** 32) : 31 - Math.clz32(n);
}

/**
 * Length after padding with zeros. Padmé (Nikitin et al., PURBs, PoPETs 2019, section 4) keeps the top
 * floor(log2(E)) + 1 bits after the leading one, E = floor(log2(L)), and rounds up: at most 12 % is added,
 * and O(log log L) bits of the length are left to see.
 */
export function paddedLength(lengthBytes: number, padding: Padding): number {
  assertAssetLength(lengthBytes);
  if (padding === 'none' || lengthBytes < 2) return lengthBytes;
  const exponent = exponentOf(lengthBytes);
  const kept = exponentOf(exponent) + 1;
  const unit = 2 ** (exponent - kept);
  return Math.ceil(lengthBytes / unit) * unit;
}

/** At least 1: an empty asset is one empty chunk. */
export function chunkCount(paddedLengthBytes: number): number {
  assertAssetLength(paddedLengthBytes);
  return Math.max(1, Math.ceil(paddedLengthBytes / CHUNK_BYTES));
}

/** Length of all sealed chunks together. */
export function sealedLength(paddedLengthBytes: number): number {
  return paddedLengthBytes + chunkCount(paddedLengthBytes) * TAG_BYTES;
}

/** Plaintext bytes of one chunk. */
export function chunkPlainLength(index: number, paddedLengthBytes: number): number {
  const last = chunkCount(paddedLengthBytes) - 1;
  if (!Number.isSafeInteger(index) || index < 0 || index > last) {
    throw new RangeError(`chunk ${index} of an asset whose last is ${last}`);
  }
  return index < last ? CHUNK_BYTES : paddedLengthBytes - last * CHUNK_BYTES;
}

/** Where a chunk with its tag lies in the sealed stream; half-open. */
export function sealedChunkRange(index: number, paddedLengthBytes: number): ByteRange {
  const startBytes = index * SEALED_CHUNK_BYTES;
  return { startBytes, endBytes: startBytes + chunkPlainLength(index, paddedLengthBytes) + TAG_BYTES };
}

/** Half-open span of chunk indexes that hold a plaintext range; empty for an empty range. */
export function chunksCovering(range: ByteRange): { first: number; end: number } {
  const first = Math.floor(range.startBytes / CHUNK_BYTES);
  const end = range.endBytes <= range.startBytes ? first : Math.ceil(range.endBytes / CHUNK_BYTES);
  return { first, end };
}

export function assertAssetLength(lengthBytes: number): void {
  if (!Number.isSafeInteger(lengthBytes) || lengthBytes < 0) {
    throw new RangeError(`an asset length is a whole number of bytes, got ${lengthBytes}`);
  }
  if (lengthBytes > MAX_ASSET_BYTES) {
    throw new ClefError(
      'unsupported-format',
      `an asset holds at most ${MAX_ASSET_BYTES} bytes, got ${lengthBytes}`,
    );
  }
}

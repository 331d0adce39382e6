import { type AssetLocation, type Bytes, ClefError } from '../core/index.ts';
import { CHUNK_BYTES, chunkPlainLength, type TrackKey } from '../crypto/index.ts';
import { releasePiece } from './chunk-cache.ts';
import { type ReadContext, type ReadOptions, readAsset } from './read.ts';

/**
 * One sealed chunk that verified, or was reconstructed, byte for byte as it was written: sealing the chunk's own
 * plaintext at its own place again is the same computation, so no nonce meets another plaintext.
 */
export async function sealedChunk(
  context: ReadContext,
  location: AssetLocation,
  trackKey: TrackKey,
  chunk: number,
  options: ReadOptions = {},
): Promise<Bytes> {
  const { cipher, places } = await context.assets.open(location, trackKey);
  const { chunkCount, paddedLengthBytes } = places.layout;
  if (!Number.isSafeInteger(chunk) || chunk < 0 || chunk >= chunkCount) {
    throw new ClefError('range-not-satisfiable', `chunk ${chunk} of an asset of ${chunkCount}`);
  }
  const startBytes = chunk * CHUNK_BYTES;
  const endBytes = startBytes + chunkPlainLength(chunk, paddedLengthBytes);
  // An empty asset is one empty chunk, of which no range reads anything.
  if (startBytes === endBytes) return cipher.sealChunk(chunk, new Uint8Array(0));
  for await (const plaintext of readAsset(context, location, trackKey, { startBytes, endBytes }, options)) {
    const sealed = await cipher.sealChunk(chunk, plaintext);
    releasePiece(plaintext);
    return sealed;
  }
  throw new ClefError('internal', `chunk ${chunk} of asset ${location.assetId} gave no bytes`);
}

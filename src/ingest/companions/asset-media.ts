import type { StoredAsset } from '../../catalog/index.ts';
import type { ByteRange, Bytes } from '../../core/index.ts';
import type { ReadableMedia } from '../port.ts';

/** Reads what is sealed already. */
export interface AssetReader {
  /** Verified; each piece may be given back once it is done with. */
  read(asset: StoredAsset, range: ByteRange, signal: AbortSignal): AsyncIterable<Bytes>;
  release(piece: Bytes): void;
}

export async function* plaintextOf(
  reader: AssetReader,
  asset: StoredAsset,
  range: ByteRange,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const piece of reader.read(asset, range, signal)) {
    yield piece;
    reader.release(piece);
  }
}

/** An asset as a file that a probe can read. */
export function assetMedia(reader: AssetReader, asset: StoredAsset, signal: AbortSignal): ReadableMedia {
  const { lengthBytes } = asset;
  return {
    lengthBytes,
    async read(offsetBytes, wantedBytes) {
      const endBytes = Math.min(lengthBytes, offsetBytes + wantedBytes);
      const bytes = new Uint8Array(Math.max(0, endBytes - offsetBytes));
      let filled = 0;
      if (bytes.length === 0) return bytes;
      for await (const piece of plaintextOf(reader, asset, { startBytes: offsetBytes, endBytes }, signal)) {
        bytes.set(piece, filled);
        filled += piece.length;
      }
      return bytes;
    },
  };
}

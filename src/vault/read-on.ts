import { type AssetLocation, type ByteRange, type Bytes, isClefError } from '../core/index.ts';

/** Reads a range of an asset where it is said to lie. */
type ReadAt<Location> = (location: Location, range: ByteRange) => AsyncIterable<Bytes>;

/**
 * Reads on where an asset was dealt out anew meanwhile: what cannot be had in the layout that was asked for is read in
 * the one that counts now, from the byte at which the other one ended. Throws what the reader threw where it is the same.
 */
export async function* readOn<Location extends Pick<AssetLocation, 'layoutId'>>(
  location: Location,
  { startBytes, endBytes }: ByteRange,
  read: ReadAt<Location>,
  /** Undefined for an asset that is no longer known. */
  relocate: () => Promise<Location | undefined>,
): AsyncGenerator<Bytes, void, undefined> {
  let current = location;
  let nextBytes = startBytes;
  for (;;) {
    try {
      for await (const piece of read(current, { startBytes: nextBytes, endBytes })) {
        nextBytes += piece.length;
        yield piece;
      }
      return;
    } catch (error) {
      if (!isClefError(error, 'vault-asset-lost') && !isClefError(error, 'vault-too-few-nodes')) throw error;
      const now = await relocate();
      if (!now || now.layoutId === current.layoutId) throw error;
      current = now;
    }
  }
}

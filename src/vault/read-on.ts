import { type AssetLocation, type ByteRange, type Bytes, isClefError } from '../core/index.ts';

// What is asked of an asset that was dealt out anew meanwhile is asked once more, where it lies now.

/** Reads a range of an asset where it is said to lie. */
type ReadAt<Location> = (location: Location, range: ByteRange) => AsyncIterable<Bytes>;
/** Undefined for an asset that is no longer known. */
type Relocate<Location> = () => Promise<Location | undefined>;

/**
 * Reads on where an asset was dealt out anew meanwhile: what cannot be had in the layout that was asked for is read in
 * the one that counts now, from the byte at which the other one ended. Throws what the reader threw where it is the same.
 */
export async function* readOn<Location extends Pick<AssetLocation, 'layoutId'>>(
  location: Location,
  { startBytes, endBytes }: ByteRange,
  read: ReadAt<Location>,
  relocate: Relocate<Location>,
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
      current = await locationAfter(error, current, relocate);
    }
  }
}

/** The same for an answer in one piece. */
export async function askOn<Location extends Pick<AssetLocation, 'layoutId'>, Answer>(
  location: Location,
  ask: (location: Location) => Promise<Answer>,
  relocate: Relocate<Location>,
): Promise<Answer> {
  let current = location;
  for (;;) {
    try {
      return await ask(current);
    } catch (error) {
      current = await locationAfter(error, current, relocate);
    }
  }
}

/** Where it lies now; throws the error where it has not been dealt out anew, or that is not the reason. */
async function locationAfter<Location extends Pick<AssetLocation, 'layoutId'>>(
  error: unknown,
  before: Location,
  relocate: Relocate<Location>,
): Promise<Location> {
  if (!isClefError(error, 'vault-asset-lost') && !isClefError(error, 'vault-too-few-nodes')) throw error;
  const now = await relocate();
  if (!now || now.layoutId === before.layoutId) throw error;
  return now;
}

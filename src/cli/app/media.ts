import { ClefError } from '../../core/index.ts';
import { keyOfEpoch, unwrapTrackKey } from '../../crypto/index.ts';
import type { MediaReader } from '../../http/index.ts';
import { releasePiece } from '../../vault/index.ts';
import type { LockedApp } from './app.ts';

/** Opens assets with the library's keys; a request that comes before those are there waits for them. */
export function mediaReader({ unlocked }: LockedApp): MediaReader {
  return {
    async *read(asset, range, signal) {
      const { keys, vault } = await unlocked;
      const libraryKey = keyOfEpoch(keys.keys.library, asset.epoch);
      if (!libraryKey) {
        throw new ClefError(
          'keyring-rejected',
          `the keyring lacks epoch ${asset.epoch}, under which asset ${asset.assetId} is sealed`,
        );
      }
      yield* vault.read(asset, await unwrapTrackKey(libraryKey, asset.wrappedKey), range, { signal });
    },
    release: releasePiece,
  };
}

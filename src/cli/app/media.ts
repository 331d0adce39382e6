import { LRUCache } from 'lru-cache';
import type { StoredAsset } from '../../catalog/index.ts';
import { ClefError, toBase64Url } from '../../core/index.ts';
import { keyOfEpoch, type TrackKey, unwrapTrackKey } from '../../crypto/index.ts';
import type { MediaReader } from '../../http/index.ts';
import { releasePiece } from '../../vault/index.ts';
import type { App, LockedApp } from './app.ts';

/** Players ask for a song range by range, and unwrapping its key costs as much as opening a chunk. */
const MAX_UNWRAPPED_KEYS = 4_096;

/** Opens assets with the library's keys; a request that comes before those are there waits for them. */
export function mediaReader({ unlocked }: LockedApp): MediaReader {
  const unwrapped = new LRUCache<string, TrackKey>({ max: MAX_UNWRAPPED_KEYS });
  return {
    async *read(asset, range, signal) {
      const { keys, vault } = await unlocked;
      const name = `${asset.epoch}.${toBase64Url(asset.wrappedKey)}`;
      let trackKey = unwrapped.get(name);
      if (!trackKey) {
        trackKey = await unwrapTrackKey(libraryKeyOf(keys, asset), asset.wrappedKey);
        unwrapped.set(name, trackKey);
      }
      yield* vault.read(asset, trackKey, range, { signal });
    },
    release: releasePiece,
  };
}

function libraryKeyOf({ keys }: App['keys'], asset: StoredAsset) {
  const libraryKey = keyOfEpoch(keys.library, asset.epoch);
  if (libraryKey) return libraryKey;
  throw new ClefError(
    'keyring-rejected',
    `the keyring lacks epoch ${asset.epoch}, under which asset ${asset.assetId} is sealed`,
  );
}

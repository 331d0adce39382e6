import { LRUCache } from 'lru-cache';
import type { StoredAsset } from '../../catalog/index.ts';
import { ClefError, toBase64Url } from '../../core/index.ts';
import { keyOfEpoch, type TrackKey, unwrapTrackKey } from '../../crypto/index.ts';
import type { MediaReader, TrackKeyFinder } from '../../http/index.ts';
import { releasePiece } from '../../vault/index.ts';
import type { App, LockedApp } from './app.ts';

/** Players ask for a song range by range, and unwrapping its key costs as much as opening a chunk. */
const MAX_UNWRAPPED_KEYS = 4_096;

/** Finds the keys of assets under the library's; a request that comes before that is there waits for it. */
export function trackKeyFinder({ unlocked }: LockedApp): TrackKeyFinder {
  const unwrapped = new LRUCache<string, TrackKey>({ max: MAX_UNWRAPPED_KEYS });
  return async (asset) => {
    const name = `${asset.epoch}.${toBase64Url(asset.wrappedKey)}`;
    const known = unwrapped.get(name);
    if (known) return known;
    const { keys } = await unlocked;
    const trackKey = await unwrapTrackKey(libraryKeyOf(keys, asset), asset.wrappedKey);
    unwrapped.set(name, trackKey);
    return trackKey;
  };
}

export function mediaReader({ unlocked }: LockedApp, trackKey: TrackKeyFinder): MediaReader {
  return {
    async *read(asset, range, signal) {
      const { vault } = await unlocked;
      yield* vault.read(asset, await trackKey(asset), range, { signal });
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

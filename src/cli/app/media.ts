import { LRUCache } from 'lru-cache';
import type { PlayReader, StoredAsset } from '../../catalog/index.ts';
import { type AssetId, type ByteRange, type Bytes, ClefError, equalBytes } from '../../core/index.ts';
import {
  currentEpoch,
  deriveTicketKey,
  keyOfEpoch,
  type TrackKey,
  unwrapTrackKey,
} from '../../crypto/index.ts';
import type { MediaReader, SealedReader, TrackKeyFinder } from '../../http/index.ts';
import { askOn, readOn, releasePiece, type Vault } from '../../vault/index.ts';
import type { EstablishedKeys } from './keys.ts';

/** Players ask for a song range by range, and unwrapping its key costs as much as opening a chunk. */
const MAX_UNWRAPPED_KEYS = 4_096;

interface UnwrappedKey {
  readonly epoch: number;
  readonly wrappedKey: Bytes;
  readonly trackKey: TrackKey;
}

/** What is there once the keys are. */
interface Awaiting<Part extends 'keys' | 'vault'> {
  readonly unlocked: Promise<Pick<{ readonly keys: EstablishedKeys; readonly vault: Vault }, Part>>;
}

/** Finds the keys of assets under the library's; a request that comes before that is there waits for it. */
export function trackKeyFinder({ unlocked }: Awaiting<'keys'>): TrackKeyFinder {
  const unwrapped = new LRUCache<AssetId, UnwrappedKey>({ max: MAX_UNWRAPPED_KEYS });
  return async (asset) => {
    const { assetId, epoch, wrappedKey } = asset;
    const known = unwrapped.get(assetId);
    if (known?.epoch === epoch && equalBytes(known.wrappedKey, wrappedKey)) return known.trackKey;
    const { keys } = await unlocked;
    const trackKey = await unwrapTrackKey(libraryKeyOf(keys, asset), wrappedKey);
    unwrapped.set(assetId, { epoch, wrappedKey, trackKey });
    return trackKey;
  };
}

export function mediaReader(
  { unlocked, catalog }: Awaiting<'vault'> & { readonly catalog: Pick<PlayReader, 'asset'> },
  trackKey: TrackKeyFinder,
): MediaReader & SealedReader {
  return {
    async *read(asset, range, signal) {
      const { vault } = await unlocked;
      const key = await trackKey(asset);
      const read = (at: StoredAsset, rest: ByteRange) => vault.read(at, key, rest, { signal });
      yield* readOn(asset, range, read, () => catalog.asset(asset.assetId));
    },
    async *readColumn(asset, column, range, signal) {
      const { vault } = await unlocked;
      yield* vault.readColumn(asset, column, range, { signal });
    },
    async sealedChunk(asset, chunk, signal) {
      const { vault } = await unlocked;
      const key = await trackKey(asset);
      const ask = (at: StoredAsset) => vault.sealedChunk(at, key, chunk, { signal });
      return askOn(asset, ask, () => catalog.asset(asset.assetId));
    },
    release: releasePiece,
  };
}

/** Derived once an epoch, when the keys are there; the same bytes again until then. */
export function ticketKeyOf({ unlocked }: Awaiting<'keys'>): () => Promise<Bytes> {
  let derived: { readonly epoch: number; readonly key: Promise<Bytes> } | undefined;
  return async () => {
    const { service } = (await unlocked).keys.sealing;
    const { epoch } = currentEpoch(service);
    if (derived?.epoch !== epoch) derived = { epoch, key: deriveTicketKey(service) };
    return derived.key;
  };
}

function libraryKeyOf({ keys }: EstablishedKeys, asset: StoredAsset) {
  const libraryKey = keyOfEpoch(keys.library, asset.epoch);
  if (libraryKey) return libraryKey;
  throw new ClefError(
    'keyring-rejected',
    `the keyring lacks epoch ${asset.epoch}, under which asset ${asset.assetId} is sealed`,
  );
}

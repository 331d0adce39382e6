import { LRUCache } from 'lru-cache';
import type { StoredAsset } from '../../catalog/index.ts';
import { type AssetId, concatBytes, toBase64Url } from '../../core/index.ts';
import { chunkCount, parseAssetHeader } from '../../crypto/index.ts';
import type { SealedReader } from './ports.ts';

/** As text; some 250 tracks of the usual length. */
const MAX_KEPT_CHARACTERS = 32 * 2 ** 20;
/** A longer one is that of a day of audio, and pushes out nothing. */
const MAX_KEPT_ENTRY = 2 ** 20;

/** What a player gets with the first answer: the beginning of the audio, and the packet table as a whole. */
export interface SealedHeads {
  /** The first sealed chunk, base64url. */
  first(asset: StoredAsset, signal: AbortSignal): Promise<string>;
  /** All sealed chunks one after the other, base64url. */
  whole(asset: StoredAsset, signal: AbortSignal): Promise<string>;
}

/** Keeps what was asked for lately, as it is sent. It is ciphertext, and the same for everybody. */
export function createSealedHeads(reader: Pick<SealedReader, 'sealedChunk'>): SealedHeads {
  const kept = new LRUCache<string, string>({
    maxSize: MAX_KEPT_CHARACTERS,
    maxEntrySize: MAX_KEPT_ENTRY,
    sizeCalculation: ({ length }) => length,
  });

  async function chunks(
    key: `${'first' | 'whole'} ${AssetId}`,
    asset: StoredAsset,
    count: number,
    signal: AbortSignal,
  ): Promise<string> {
    const known = kept.get(key);
    if (known !== undefined) return known;
    const parts = await Promise.all(
      Array.from({ length: count }, (_, chunk) => reader.sealedChunk(asset, chunk, signal)),
    );
    const text = toBase64Url(concatBytes(...parts));
    kept.set(key, text);
    return text;
  }

  return {
    first: (asset, signal) => chunks(`first ${asset.assetId}`, asset, 1, signal),
    whole: (asset, signal) =>
      chunks(
        `whole ${asset.assetId}`,
        asset,
        chunkCount(parseAssetHeader(asset.header).paddedLengthBytes),
        signal,
      ),
  };
}

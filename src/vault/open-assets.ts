import { LRUCache } from 'lru-cache';
import { type AssetId, type AssetLocation, type Bytes, ClefError, equalBytes } from '../core/index.ts';
import {
  type AeadFactory,
  type AssetCipher,
  openAssetCipher,
  parseAssetHeader,
  type TrackKey,
} from '../crypto/index.ts';
import { columnObjectName } from './column-object.ts';
import type { ColumnPlaces } from './column-source.ts';
import { createLayout } from './layout.ts';

/** An asset whose key was checked against its commitment. */
export interface OpenAsset {
  /** Unlike any other's in this process. */
  readonly serial: number;
  readonly cipher: AssetCipher;
  readonly places: ColumnPlaces;
}

interface Entry {
  readonly trackKey: Bytes;
  readonly header: Bytes;
  readonly opening: Promise<OpenAsset>;
  location: AssetLocation;
}

/** Deriving a chunk key takes several turns through WebCrypto; players come back for ranges of one song. */
const MAX_OPEN_ASSETS = 4_096;

/** Assets that were opened lately, so that a range costs no key derivation. Holds keys, never plaintext. */
export class OpenAssets {
  readonly #aead: AeadFactory;
  readonly #entries = new LRUCache<AssetId, Entry>({ max: MAX_OPEN_ASSETS });

  #opened = 0;

  constructor(aead: AeadFactory) {
    this.#aead = aead;
  }

  /** Throws the opaque `decryption-failed` for a key or a header that is not the asset's. */
  async open(location: AssetLocation, trackKey: TrackKey): Promise<OpenAsset> {
    const { assetId } = location;
    const known = this.#entries.get(assetId);
    if (known && this.#matches(known, location, trackKey)) {
      const asset = await known.opening;
      this.#relocate(known, asset.places, location);
      return asset;
    }
    const entry: Entry = {
      trackKey: new Uint8Array(trackKey),
      header: location.header,
      opening: this.#derive(location, trackKey),
      location,
    };
    this.#entries.set(assetId, entry);
    try {
      return await entry.opening;
    } catch (error) {
      if (this.#entries.peek(assetId) === entry) this.#entries.delete(assetId);
      throw error;
    }
  }

  #matches(entry: Entry, location: AssetLocation, trackKey: TrackKey): boolean {
    const { policy, libraryId, layoutId } = entry.location;
    return (
      equalBytes(entry.trackKey, trackKey) &&
      libraryId === location.libraryId &&
      layoutId === location.layoutId &&
      (entry.header === location.header || equalBytes(entry.header, location.header)) &&
      policy.k === location.policy.k &&
      policy.m === location.policy.m
    );
  }

  /** The catalogue's word counts again once it has changed. */
  #relocate(entry: Entry, places: ColumnPlaces, location: AssetLocation): void {
    if (entry.location === location) return;
    for (const [column, nodeId] of location.columnNodes.entries()) {
      if (nodeId === entry.location.columnNodes[column]) continue;
      places.nodeIds[column] = nodeId;
      places.lostUntilMs[column] = 0;
    }
    entry.location = location;
  }

  async #derive(location: AssetLocation, trackKey: TrackKey): Promise<OpenAsset> {
    const header = parseAssetHeader(location.header);
    if (header.assetId !== location.assetId) {
      throw new ClefError('malformed-asset', `asset ${location.assetId} has the header of another`);
    }
    const layout = createLayout(location.policy, header.paddedLengthBytes);
    const { libraryId, assetId, layoutId } = location;
    return {
      serial: ++this.#opened,
      cipher: await openAssetCipher(trackKey, header, this.#aead),
      places: {
        name: { libraryId, assetId, layoutId },
        layout,
        objectNames: Array.from({ length: layout.columnCount }, (_, column) =>
          columnObjectName({ libraryId, assetId, layoutId }, column),
        ),
        nodeIds: Array.from({ length: layout.columnCount }, (_, column) => location.columnNodes[column]),
        lostUntilMs: Array.from({ length: layout.columnCount }, () => 0),
      },
    };
  }
}

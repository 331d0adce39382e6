import { LRUCache } from 'lru-cache';
import { type AssetId, type AssetLocation, type Bytes, equalBytes } from '../core/index.ts';
import {
  type AeadFactory,
  type AssetCipher,
  openAssetCipher,
  parseAssetHeader,
  type TrackKey,
} from '../crypto/index.ts';
import { type ColumnPlaces, placesOf, relocate } from './column-places.ts';

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

  #relocate(entry: Entry, places: ColumnPlaces, location: AssetLocation): void {
    if (entry.location === location) return;
    relocate(places, entry.location, location);
    entry.location = location;
  }

  async #derive(location: AssetLocation, trackKey: TrackKey): Promise<OpenAsset> {
    const places = placesOf(location);
    const cipher = await openAssetCipher(trackKey, parseAssetHeader(location.header), this.#aead);
    return { serial: ++this.#opened, cipher, places };
  }
}

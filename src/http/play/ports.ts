import type { StoredAsset } from '../../catalog/index.ts';
import type { Decodable } from '../../api/index.ts';
import type { ByteRange, Bytes, UserId } from '../../core/index.ts';

/** Who asks, by a session of the native API. */
export interface Listener {
  readonly account: UserId;
  /** Names the session; no secret. */
  readonly session: string;
}

export interface ListeningDevice extends Listener {
  /** Thumbprint of the device's key. */
  readonly device: string;
}

/** What accounts say of devices and sessions. Asked at every request of a player, so that it must cost nothing. */
export interface Standing {
  /** The device's public key; undefined where it is not the account's, or was revoked. */
  deviceKey(listener: Listener, device: string): Promise<JsonWebKey | undefined>;
  /** Whether the account is enabled, the session lasts, and the device is the account's still. */
  holds(device: ListeningDevice): Promise<boolean>;
}

/** Audio that a device decodes, and where its packets lie. */
export interface Playable {
  readonly audio: StoredAsset;
  readonly table: StoredAsset;
}

/** What was made of originals, beside them. */
export interface Playables {
  /** The original where the device decodes it, else a rendition; undefined while there is none. */
  find(original: StoredAsset, decodable: readonly Decodable[]): Promise<Playable | undefined>;
  /**
   * Has what is missing made at once, before anything else that waits; resolves when it is there. Asking again for
   * the same waits for the same. Rejects with `media-unreadable` where it cannot be made.
   */
  prepare(original: StoredAsset, decodable: readonly Decodable[]): Promise<void>;
}

/** Sealed bytes, for those who have the keys themselves. */
export interface SealedReader {
  /** A range of a column's cells, unverified; `vault-column-lost` soon where they cannot be had. */
  readColumn(asset: StoredAsset, column: number, range: ByteRange, signal: AbortSignal): AsyncIterable<Bytes>;
  /** One sealed chunk that verified, or was reconstructed. */
  sealedChunk(asset: StoredAsset, chunk: number, signal: AbortSignal): Promise<Bytes>;
}

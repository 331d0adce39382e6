import type { Bytes } from './bytes.ts';
import type { AssetId, LayoutId, LibraryId, NodeId } from './ids.ts';

/** k data columns and m parity columns; 1 <= k, 0 <= m, k + m <= 32. */
export interface Policy {
  readonly k: number;
  readonly m: number;
}

/** Everything a reader needs, besides the track key, to find and check an asset's bytes. */
export interface AssetLocation {
  readonly libraryId: LibraryId;
  readonly assetId: AssetId;
  readonly layoutId: LayoutId;
  readonly policy: Policy;
  /** The encoded asset header, docs/format.md. */
  readonly header: Bytes;
  /** By column, the node it was written to; undefined for an empty column, or one a degraded write left out. */
  readonly columnNodes: readonly (NodeId | undefined)[];
}

/** What a finished write leaves behind; nothing in it is plaintext. */
export interface SealedAsset extends AssetLocation {
  /** Track key under the library key of `epoch`, RFC 3394, 40 bytes. */
  readonly wrappedKey: Bytes;
  readonly epoch: number;
  /** True length of the plaintext, without padding. */
  readonly lengthBytes: number;
  /** Bytes of all column objects together. */
  readonly storedBytes: number;
  /** A column is missing and waits for repair. */
  readonly degraded: boolean;
}

/** Half-open: [startBytes, endBytes) of the plaintext. */
export interface ByteRange {
  readonly startBytes: number;
  readonly endBytes: number;
}

import type { StoredAsset } from '../../catalog/index.ts';
import type { ByteRange, Bytes } from '../../core/index.ts';

/** Opens sealed assets for those who may have the plaintext. */
export interface MediaReader {
  /**
   * The verified bytes of a range within the asset's true length, in order, in read-only pieces of any size.
   * Errors are ClefErrors; after an abort the iteration ends or rejects soon, and reads nothing more.
   */
  read(asset: StoredAsset, range: ByteRange, signal: AbortSignal): AsyncIterable<Bytes>;
  /** The consumer is done with a piece and touches it no more: its memory may be given back at once. */
  release(piece: Bytes): void;
}

/**
 * All that serving an asset needs, once the right to have it was checked: plain data, so that it can be
 * handed to another process. Nothing in it depends on the catalogue.
 */
export interface MediaTicket {
  readonly asset: StoredAsset;
  readonly mediaType: string;
  /** Strong, quoted. */
  readonly etag: string;
  readonly lastModifiedMs: number;
  readonly cacheControl: string;
  /** Offers the bytes as a file of this name. */
  readonly downloadName?: string;
}

/**
 * An asset id names one ciphertext for ever, so it makes a strong ETag that is equal on every server.
 * A cache must ask again before it answers, since what a track's address stands for can change.
 */
export function ticketFor(asset: StoredAsset, downloadName?: string): MediaTicket {
  return {
    asset,
    mediaType: asset.mediaType,
    etag: `"${asset.assetId}"`,
    lastModifiedMs: asset.createdAtMs,
    cacheControl: 'private, no-cache',
    ...(downloadName === undefined ? {} : { downloadName }),
  };
}

import type { StoredAsset } from '../../catalog/index.ts';
import type { ByteRange, Bytes } from '../../core/index.ts';

/** Opens sealed assets for those who may have the plaintext. */
export interface MediaReader {
  /**
   * The verified bytes of a range within the asset's true length, in order, in read-only pieces of any size.
   * Errors are ClefErrors; after an abort the iteration ends or rejects soon, and reads nothing more.
   */
  read(asset: StoredAsset, range: ByteRange, signal: AbortSignal): AsyncIterable<Bytes>;
  /** A range of a column's cells as its node holds them: sealed, unverified. Otherwise as `read`. */
  readColumn(asset: StoredAsset, column: number, range: ByteRange, signal: AbortSignal): AsyncIterable<Bytes>;
  /** The consumer is done with a piece and touches it no more: its memory may be given back at once. */
  release(piece: Bytes): void;
}

/** What of an asset is sent. */
export type TicketContent =
  | { readonly kind: 'plaintext' }
  /** The cells of one column, for a player that has the key. */
  | { readonly kind: 'column'; readonly column: number };

/**
 * All that serving an asset needs, once the right to have it was checked: plain data, so that it can be
 * handed to another process. Nothing in it depends on the catalogue.
 */
export interface MediaTicket {
  readonly asset: StoredAsset;
  readonly content: TicketContent;
  /** Of the content. */
  readonly lengthBytes: number;
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
    content: { kind: 'plaintext' },
    lengthBytes: asset.lengthBytes,
    mediaType: asset.mediaType,
    etag: `"${asset.assetId}"`,
    lastModifiedMs: asset.createdAtMs,
    cacheControl: 'private, no-cache',
    ...(downloadName === undefined ? {} : { downloadName }),
  };
}

/** A column's bytes never change, and open for nobody without the key: any cache may keep them for ever. */
export function columnTicketFor(asset: StoredAsset, column: number, lengthBytes: number): MediaTicket {
  return {
    asset,
    content: { kind: 'column', column },
    lengthBytes,
    mediaType: 'application/octet-stream',
    etag: `"${asset.layoutId}.${column}"`,
    lastModifiedMs: asset.createdAtMs,
    cacheControl: 'public, max-age=31536000, immutable',
  };
}

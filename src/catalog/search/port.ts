import type { AlbumId, ArtistId, AssetId, LibraryId, TrackId, UserId } from '../../core/index.ts';
import type { Page } from '../port.ts';
import type { Projection } from '../projection/index.ts';

/** What can be found. Ids are unique over all kinds. */
export type SearchItem =
  | { readonly kind: 'track'; readonly id: TrackId }
  | { readonly kind: 'album'; readonly id: AlbumId }
  | { readonly kind: 'artist'; readonly id: ArtistId };

export type SearchKind = SearchItem['kind'];

/** What an answer shows of an item, kept beside the index so that searching needs no database. */
export type SearchRecord = SearchItem & {
  /** One for a track or an album; for an artist all that credit them. */
  readonly libraryIds: readonly LibraryId[];
  /** Of an artist: the name. */
  readonly title: string;
  /** As credited; empty for an artist. */
  readonly artist: string;
  /** Empty for an album or an artist. */
  readonly album: string;
} & ShownFields;

/** What nothing is found or ranked by. */
export interface ShownFields {
  readonly coverAssetId?: AssetId;
  readonly durationMs?: number;
  /** Of a track. */
  readonly albumId?: AlbumId;
  /** Of an album its tracks, of an artist the albums that bear the name. */
  readonly itemCount?: number;
  /** Of a track or an album. */
  readonly createdAtMs?: number;
}

/** Each says how something is now, so that it may be applied again. */
export type SearchChange =
  | { readonly kind: 'upsert'; readonly record: SearchRecord }
  | { readonly kind: 'remove'; readonly item: SearchItem }
  /** How often one listener played an item, whether it is in the index (yet) or not. */
  | {
      readonly kind: 'plays';
      readonly itemId: SearchItem['id'];
      readonly userId: UserId;
      readonly count: number;
    };

export interface SearchQuery {
  /** As typed: any text is allowed, and only its first characters and words count. */
  readonly text: string;
  readonly tracks: Page;
  readonly albums: Page;
  readonly artists: Page;
  readonly libraryId?: LibraryId;
}

export interface SearchResult {
  readonly trackIds: readonly TrackId[];
  readonly albumIds: readonly AlbumId[];
  readonly artistIds: readonly ArtistId[];
}

/**
 * A local index over titles, artists and albums. Every word of a query must begin a word of the item.
 * Best first: an item named exactly so, then by how well and where the words match, then by the order
 * of magnitude of its plays.
 * Pages of one query over an unchanged index neither overlap nor leave gaps.
 *
 * Searching never throws for what was typed and never waits. A damaged index finds nothing. A rebuild is quickest where
 * plays come before the items that were played.
 */
export interface SearchIndex extends Projection<SearchChange> {
  search(query: SearchQuery): SearchResult;
  record(item: SearchItem): SearchRecord | undefined;
}

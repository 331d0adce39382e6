import type { AlbumId, ArtistId, AssetId, LibraryId, TrackId, UserId } from '../../core/index.ts';
import type { Page } from '../port.ts';

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
  readonly coverAssetId?: AssetId;
  readonly durationMs?: number;
};

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

/** How far an index has followed a catalogue. */
export interface SearchPosition {
  /** Names the catalogue that `seq` counts in; another one needs a rebuild. */
  readonly catalogId: string;
  readonly seq: number;
}

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

export interface RebuildOptions {
  /** The position that the first change applied after the rebuild follows. */
  readonly position: SearchPosition;
  /** Called now and then with the number of items indexed so far. */
  readonly onProgress?: (itemCount: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * A local index over titles, artists and albums. Every word of a query must begin a word of the item.
 * Best first: an item named exactly so, then by how well and where the words match, then by the order
 * of magnitude of its plays.
 * Pages of one query over an unchanged index neither overlap nor leave gaps.
 *
 * Searching never throws for what was typed and never waits. A damaged index finds nothing and says so
 * through `damaged` until it is rebuilt.
 */
export interface SearchIndex extends AsyncDisposable {
  search(query: SearchQuery): SearchResult;
  record(item: SearchItem): SearchRecord | undefined;
  /**
   * One transaction, with the position: after a crash either all of it is there or nothing. Applying the
   * same changes again changes nothing. Throws `catalog-corrupt` on a damaged index.
   */
  apply(changes: readonly SearchChange[], position: SearchPosition): void;
  /**
   * Makes a new index beside this one, which goes on answering and following, and puts it in this one's
   * place at the end. `all` has each item once; it is quickest where plays come before the items that were played. A
   * rebuild that was cut short or failed leaves the old one as it was.
   */
  rebuild(all: AsyncIterable<SearchChange>, options: RebuildOptions): Promise<void>;
  /**
   * A few milliseconds of the tidying that makes searching quick again after many changes; what is found stays the
   * same. True while there is more to tidy.
   */
  tidy(): boolean;
  /** Undefined for an index that has followed nothing yet, or is damaged. */
  position(): SearchPosition | undefined;
  readonly damaged: boolean;
  /** Called when damage is found, while something else is being done; returns the unsubscriber. */
  onDamage(listener: () => void): () => void;
}

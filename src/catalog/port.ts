import type {
  AlbumId,
  ArtistId,
  AssetId,
  Bytes,
  LayoutId,
  NodeId,
  LibraryId,
  PlaylistId,
  SealedAsset,
  TrackId,
  UploadId,
  UserId,
} from '../core/index.ts';

/** A name as it is credited on a release, beside the artist that it stands for. */
export interface ArtistCredit {
  readonly id: ArtistId;
  readonly name: string;
}

/** ITU-R BS.1770 gains in dB, linear peaks, as ReplayGain 2.0 stores them. */
export interface ReplayGain {
  readonly trackGainDb?: number;
  readonly trackPeak?: number;
  readonly albumGainDb?: number;
  readonly albumPeak?: number;
}

/** What one listener did with an item. */
export interface Annotations {
  readonly starredAtMs?: number;
  /** 1 to 5. */
  readonly rating?: number;
  readonly playCount: number;
  readonly lastPlayedAtMs?: number;
}

export interface TrackView extends Annotations {
  readonly id: TrackId;
  readonly libraryId: LibraryId;
  readonly title: string;
  readonly sortTitle?: string;
  readonly album: string;
  readonly albumId: AlbumId;
  /** As printed, "A feat. B". */
  readonly displayArtist: string;
  readonly artists: readonly ArtistCredit[];
  readonly displayAlbumArtist: string;
  readonly albumArtists: readonly ArtistCredit[];
  readonly composers: readonly string[];
  readonly discNumber?: number;
  readonly trackNumber?: number;
  readonly year?: number;
  readonly genres: readonly string[];
  readonly durationMs: number;
  readonly bitRateKbps?: number;
  readonly sampleRateHz?: number;
  readonly bitDepth?: number;
  readonly channelCount?: number;
  readonly bpm?: number;
  readonly comment?: string;
  readonly isrcs: readonly string[];
  readonly musicBrainzRecordingId?: string;
  readonly replayGain: ReplayGain;
  readonly hasLyrics: boolean;
  /** Bytes of the original. */
  readonly lengthBytes: number;
  /** IANA media type of the original, as it is sent. */
  readonly mediaType: string;
  /** File name ending without the dot, lower case: "flac". */
  readonly suffix: string;
  readonly coverAssetId?: AssetId;
  readonly createdAtMs: number;
  /** Set while the original file is gone from its source; the sealed copy still plays. */
  readonly sourceMissingSinceMs?: number;
}

export type TrackFileName = Pick<TrackView, 'displayArtist' | 'title' | 'suffix'>;

export interface AlbumView extends Annotations {
  readonly id: AlbumId;
  readonly libraryId: LibraryId;
  readonly title: string;
  readonly sortTitle?: string;
  readonly displayArtist: string;
  readonly artists: readonly ArtistCredit[];
  readonly year?: number;
  readonly originalReleaseDate?: string;
  readonly releaseDate?: string;
  readonly releaseTypes: readonly string[];
  readonly recordLabels: readonly string[];
  readonly genres: readonly string[];
  readonly isCompilation: boolean;
  readonly discTitles: readonly { readonly disc: number; readonly title: string }[];
  readonly trackCount: number;
  readonly durationMs: number;
  readonly musicBrainzReleaseId?: string;
  readonly coverAssetId?: AssetId;
  readonly createdAtMs: number;
}

export interface ArtistView extends Annotations {
  readonly id: ArtistId;
  readonly name: string;
  readonly sortName?: string;
  readonly musicBrainzArtistId?: string;
  /** Albums where this artist is an album artist. */
  readonly albumCount: number;
  readonly coverAssetId?: AssetId;
  /** "artist", "albumartist", "composer". */
  readonly roles: readonly string[];
}

export interface ArtistLetters {
  readonly count: number;
  /** Where in the list each begins; empty for names that begin with none. */
  readonly letters: readonly { readonly letter: string; readonly offset: number }[];
}

export interface GenreView {
  readonly name: string;
  readonly trackCount: number;
  readonly albumCount: number;
}

/** A sealed asset as the catalogue keeps it. */
export interface StoredAsset extends SealedAsset {
  /** IANA media type of the plaintext, as it is sent. */
  readonly mediaType: string;
  readonly createdAtMs: number;
}

/** What is made from an asset beside it: where its packets lie, or the same music in another format. */
export type CompanionKind = 'packet-table' | 'flac' | 'opus';

/** An asset of its own that was made from another, its parent: an original, or a rendition. */
export interface Companion {
  readonly parentId: AssetId;
  readonly kind: CompanionKind;
  /** Absent where none can be made of this parent, which is not tried again. */
  readonly asset?: StoredAsset;
}

export type AlbumOrder =
  | { readonly kind: 'random' }
  | { readonly kind: 'newest' }
  | { readonly kind: 'highest' }
  | { readonly kind: 'frequent' }
  | { readonly kind: 'recent' }
  | { readonly kind: 'starred' }
  | { readonly kind: 'by-name' }
  | { readonly kind: 'by-artist' }
  /** Inclusive years; from > to lists backwards. */
  | { readonly kind: 'by-year'; readonly fromYear: number; readonly toYear: number }
  | { readonly kind: 'by-genre'; readonly genre: string };

export interface Page {
  readonly offset: number;
  readonly count: number;
}

export interface PlaylistView {
  readonly id: PlaylistId;
  readonly ownerId: UserId;
  readonly ownerName: string;
  readonly name: string;
  readonly comment: string;
  readonly isPublic: boolean;
  readonly trackCount: number;
  readonly durationMs: number;
  readonly createdAtMs: number;
  readonly changedAtMs: number;
  readonly coverAssetId?: AssetId;
}

export interface PlayQueueView {
  readonly trackIds: readonly TrackId[];
  /** A place in `trackIds`, in which one track may stand twice; absent without a current one. */
  readonly currentIndex?: number;
  readonly positionMs: number;
  readonly changedAtMs: number;
  readonly changedBy: string;
}

/** Lines with times in ms where synced, as LRC gives them. */
export interface LyricsView {
  /** ISO 639-2/B, or "xxx". */
  readonly language: string;
  readonly synced: boolean;
  readonly lines: readonly { readonly startMs?: number; readonly text: string }[];
}

export type Starrable =
  | { readonly kind: 'track'; readonly id: TrackId }
  | { readonly kind: 'album'; readonly id: AlbumId }
  | { readonly kind: 'artist'; readonly id: ArtistId };

export interface LibraryView {
  readonly id: LibraryId;
  readonly name: string;
  /** Small and stable: OpenSubsonic's musicFolderId. */
  readonly number: number;
}

/** Reads. Unknown ids are undefined or absent, never an error. `viewer` decides annotations. */
export interface CatalogReader {
  libraries(): Promise<readonly LibraryView[]>;
  /** In the order of `ids`; unknown ones left out. */
  tracks(ids: readonly TrackId[], viewer: UserId): Promise<readonly TrackView[]>;
  albums(ids: readonly AlbumId[], viewer: UserId): Promise<readonly AlbumView[]>;
  artists(ids: readonly ArtistId[], viewer: UserId): Promise<readonly ArtistView[]>;
  /** By disc, track number, title. */
  albumTracks(id: AlbumId, viewer: UserId): Promise<readonly TrackView[]>;
  /** Albums where the artist is album artist, oldest first, then those where they only appear. */
  artistAlbums(id: ArtistId, viewer: UserId): Promise<readonly AlbumView[]>;
  /** All artists that are album artists, by sort name. */
  allArtists(viewer: UserId, libraryId?: LibraryId): Promise<readonly ArtistView[]>;
  /** A page of the same. */
  listArtists(page: Page, viewer: UserId, libraryId?: LibraryId): Promise<readonly ArtistView[]>;
  /** What the sort names of the same begin with, in their order. */
  artistLetters(libraryId?: LibraryId): Promise<ArtistLetters>;
  listAlbums(
    order: AlbumOrder,
    page: Page,
    viewer: UserId,
    libraryId?: LibraryId,
  ): Promise<readonly AlbumView[]>;
  genres(): Promise<readonly GenreView[]>;
  tracksByGenre(
    genre: string,
    page: Page,
    viewer: UserId,
    libraryId?: LibraryId,
  ): Promise<readonly TrackView[]>;
  randomTracks(filter: RandomFilter, viewer: UserId): Promise<readonly TrackView[]>;
  /** Most played on this server first. */
  topTracks(artistId: ArtistId, count: number, viewer: UserId): Promise<readonly TrackView[]>;
  artistByName(name: string): Promise<ArtistId | undefined>;
  /** Tracks that share genres and era, the artist's own left out; deterministic for one catalogue state. */
  similarTracks(seed: Starrable, count: number, viewer: UserId): Promise<readonly TrackView[]>;
  similarArtists(id: ArtistId, count: number, viewer: UserId): Promise<readonly ArtistView[]>;
  starred(
    viewer: UserId,
    libraryId?: LibraryId,
  ): Promise<{
    readonly tracks: readonly TrackView[];
    readonly albums: readonly AlbumView[];
    readonly artists: readonly ArtistView[];
  }>;
  /** Everything in id order for an empty search query: keyset inside, offset outside. */
  everyTrack(page: Page, viewer: UserId, libraryId?: LibraryId): Promise<readonly TrackView[]>;
  everyAlbum(page: Page, viewer: UserId, libraryId?: LibraryId): Promise<readonly AlbumView[]>;
  everyArtist(page: Page, viewer: UserId, libraryId?: LibraryId): Promise<readonly ArtistView[]>;
  /** The original of a track, for stream and download. One indexed read. */
  originalOf(id: TrackId): Promise<StoredAsset | undefined>;
  asset(id: AssetId): Promise<StoredAsset | undefined>;
  /** Undefined where none was made yet, or it has to be made again. */
  companion(parentId: AssetId, kind: CompanionKind): Promise<Companion | undefined>;
  /** What a track's file is called by whoever downloads it. */
  fileNameOf(id: TrackId): Promise<TrackFileName | undefined>;
  lyricsOf(id: TrackId): Promise<readonly LyricsView[]>;
  playlists(viewer: UserId): Promise<readonly PlaylistView[]>;
  playlist(
    id: PlaylistId,
    viewer: UserId,
  ): Promise<{ readonly view: PlaylistView; readonly trackIds: readonly TrackId[] } | undefined>;
  playQueue(viewer: UserId): Promise<PlayQueueView | undefined>;
  counts(): Promise<{ readonly tracks: number; readonly albums: number; readonly artists: number }>;
  /**
   * What lies in a folder of a source: `path` is a path key without a slash at its end, and the source's root where it
   * is empty. A folder of a great many entries is shown in part; undefined where nothing lies below the path.
   */
  folder(sourceId: number, path: string): Promise<FolderView | undefined>;
}

/** All that is asked to send music and pictures: what is queued or found plays as long as this answers. */
export type PlayReader = Pick<CatalogReader, 'originalOf' | 'asset' | 'companion' | 'fileNameOf'>;

/** By the bytes of their names. */
export interface FolderView {
  /** Path keys, each below the folder's own. */
  readonly folders: readonly string[];
  readonly trackIds: readonly TrackId[];
}

export interface RandomFilter {
  readonly count: number;
  readonly genre?: string;
  readonly fromYear?: number;
  readonly toYear?: number;
  readonly libraryId?: LibraryId;
}

/** A listener's own changes. Each is one transaction with its outbox row. `not-found` on unknown items. */
export interface CatalogAnnotations {
  star(user: UserId, items: readonly Starrable[]): Promise<void>;
  unstar(user: UserId, items: readonly Starrable[]): Promise<void>;
  /** 0 removes. */
  rate(user: UserId, item: Starrable, rating: 0 | 1 | 2 | 3 | 4 | 5): Promise<void>;
  /** Adds to history and counts, by then or, where the catalogue’s database is away, when it is back; the same (user, track, playedAtMs) twice counts once. */
  recordPlay(user: UserId, track: TrackId, playedAtMs: number): Promise<void>;
  /** As it was kept before there were sessions, which begin with it. */
  savePlayQueue(user: UserId, queue: Omit<PlayQueueView, 'changedAtMs'>): Promise<void>;
  createPlaylist(user: UserId, name: string, tracks: readonly TrackId[]): Promise<PlaylistId>;
  /** Only the owner may; `not-allowed` otherwise. Indexes refer to the list before the call. */
  updatePlaylist(user: UserId, id: PlaylistId, change: PlaylistChange): Promise<void>;
  deletePlaylist(user: UserId, id: PlaylistId): Promise<void>;
}

export interface PlaylistChange {
  readonly name?: string;
  readonly comment?: string;
  readonly isPublic?: boolean;
  readonly addTrackIds?: readonly TrackId[];
  readonly removeIndexes?: readonly number[];
  /** Exchanges the whole list. */
  readonly replaceTrackIds?: readonly TrackId[];
}

// --- what ingest writes ---

/** Tags of one file as they were read, cleaned of control characters, trimmed, bounded in length and count. */
export interface TrackTags {
  readonly title?: string;
  readonly sortTitle?: string;
  readonly album?: string;
  readonly sortAlbum?: string;
  readonly displayArtist?: string;
  readonly artists: readonly string[];
  readonly sortArtists: readonly string[];
  readonly displayAlbumArtist?: string;
  readonly albumArtists: readonly string[];
  readonly sortAlbumArtists: readonly string[];
  readonly composers: readonly string[];
  readonly discNumber?: number;
  readonly discTitle?: string;
  readonly trackNumber?: number;
  readonly year?: number;
  readonly releaseDate?: string;
  readonly originalReleaseDate?: string;
  readonly genres: readonly string[];
  readonly isCompilation: boolean;
  readonly releaseTypes: readonly string[];
  readonly recordLabels: readonly string[];
  readonly bpm?: number;
  readonly comment?: string;
  readonly isrcs: readonly string[];
  readonly musicBrainzRecordingId?: string;
  readonly musicBrainzReleaseId?: string;
  readonly musicBrainzArtistIds: readonly string[];
  readonly musicBrainzAlbumArtistIds: readonly string[];
  readonly replayGain: ReplayGain;
  readonly lyrics: readonly LyricsView[];
}

/** What the decoder found, not what the name says. */
export interface AudioProperties {
  readonly durationMs: number;
  readonly bitRateKbps?: number;
  readonly sampleRateHz?: number;
  readonly bitDepth?: number;
  readonly channelCount?: number;
  readonly codec: string;
  readonly container: string;
  readonly mediaType: string;
  readonly suffix: string;
}

/** What tells, without opening it, that a file is the one of last time. */
export interface FileStamp {
  readonly lengthBytes: number;
  /** Nanoseconds since the epoch, decimal, since a double cannot hold them. */
  readonly modifiedNs: string;
  /** `device:inode:birth`, by which a file is known under another name; empty where inode numbers do not last. */
  readonly deviceAndInode: string;
  /** Stamps, digested, of the folder cover and lyrics that were read with the file; empty without. */
  readonly sidecars: string;
}

export interface SourceFile extends FileStamp {
  readonly sourceId: number;
  /**
   * Relative to the source's root; bytes that are not UTF-8, and `%`, are written %XX. One that starts with
   * `%~` is no path: the row's file was displaced by another and waits, as missing, to be found elsewhere.
   */
  readonly pathKey: string;
  readonly trackId: TrackId;
  /** HMAC-SHA-256 of the plaintext under the library's source-hash key. */
  readonly contentHash: Bytes;
  readonly missingSinceMs?: number;
}

export interface MusicSource {
  readonly id: number;
  readonly libraryId: LibraryId;
  /** Absolute path of the root; never logged. */
  readonly root: string;
}

export interface ImportedTrack {
  readonly file: Omit<SourceFile, 'trackId' | 'missingSinceMs'>;
  readonly tags: TrackTags;
  /** Title where tags have none, from the file's name. */
  readonly fallbackTitle: string;
  readonly audio: AudioProperties;
  readonly original: StoredAsset;
  readonly cover?: StoredAsset;
  /** Keyed hash of the cover's bytes, so that an album's tracks share one cover asset. */
  readonly coverHash?: Bytes;
  /** Of the original, where they were made together with it. */
  readonly companions?: readonly Companion[];
  /** Keep this id: the file moved or was retagged. */
  readonly keepTrackId?: TrackId;
}

/** An original that came in no source: somebody sent it. */
export interface UploadedTrack extends Omit<ImportedTrack, 'file' | 'keepTrackId'> {
  readonly uploadId: UploadId;
  /** As in SourceFile. */
  readonly contentHash: Bytes;
}

/**
 * A source has at most one row a path. Every call is one transaction; the newest call wins a path: what
 * `importTrack` and `addDuplicate` write replaces the row that was there, whichever track it named.
 */
export interface CatalogImporter {
  ensureLibrary(id: LibraryId, name: string): Promise<void>;
  ensureSource(libraryId: LibraryId, root: string): Promise<MusicSource>;
  sources(): Promise<readonly MusicSource[]>;
  /** Its files stay known as they are, so that they are recognised should they turn up elsewhere. */
  removeSource(id: number): Promise<void>;
  /** UTF-16 units of a pathKey that it takes; Infinity where it takes any. */
  readonly longestPathKey: number;
  /**
   * Those whose pathKey begins with `prefix`, by pathKey in the order of its UTF-8 bytes; rows changed meanwhile may show
   * their old or new state.
   */
  sourceFiles(sourceId: number, prefix?: string): AsyncIterable<SourceFile>;
  fileAt(sourceId: number, pathKey: string): Promise<SourceFile | undefined>;
  fileByInode(sourceId: number, deviceAndInode: string): Promise<readonly SourceFile[]>;
  /** In every source of the library, missing ones too. */
  fileByHash(libraryId: LibraryId, contentHash: Bytes): Promise<readonly SourceFile[]>;
  coverByHash(libraryId: LibraryId, coverHash: Bytes): Promise<StoredAsset | undefined>;
  /** The original of a track, to import new tags over bytes that are sealed already. */
  originalOf(id: TrackId): Promise<StoredAsset | undefined>;
  /**
   * Lives exactly as long as its parent is in use. The first that was sealed stays: false for a later one, which
   * is then known, and orphaned, and for one whose parent is unknown. One with an asset replaces that there is none.
   */
  addCompanion(companion: Companion): Promise<boolean>;
  /** One transaction: asset rows, artists, album, track, listings, outbox. Visible as a whole or not at all. */
  importTrack(track: ImportedTrack): Promise<TrackId>;
  /**
   * A known file under a new path or stamp, perhaps in another source; bytes unchanged, no longer missing.
   * `catalog-conflict` where another row has that path.
   */
  moveFile(
    from: SourceFile,
    to: Omit<SourceFile, 'trackId' | 'contentHash' | 'missingSinceMs'>,
  ): Promise<void>;
  /** A second path with the bytes of a track already there. */
  addDuplicate(file: Omit<SourceFile, 'missingSinceMs'>): Promise<void>;
  /**
   * Gives an uploaded original a track, without a source; the upload's id is its path there. Where a track has the same
   * content, it answers that one: `isNew` if it came by this upload, else the asset is known then, and orphaned.
   */
  addUpload(track: UploadedTrack): Promise<{ readonly trackId: TrackId; readonly isNew: boolean }>;
  markMissing(files: readonly SourceFile[], sinceMs: number): Promise<void>;
  /** The files are back where they were. */
  markPresent(files: readonly SourceFile[]): Promise<void>;
}

// --- what keeps catalogue and vault in agreement ---

/** An original that a vault holds and the catalogue does not, as its birth record tells of it. */
export interface AdoptedTrack extends Omit<ImportedTrack, 'file' | 'keepTrackId'> {
  /** As in SourceFile, so that its file is known for a duplicate when a scan meets it. */
  readonly contentHash: Bytes;
}

export interface AssetReference {
  readonly assetId: AssetId;
  readonly layoutId: LayoutId;
  /** False once no track refers to it: it may be given a tombstone. */
  readonly isReferenced: boolean;
}

/** One copy of a column: what one node has of it. */
export interface ColumnCopyRef {
  readonly assetId: AssetId;
  readonly layoutId: LayoutId;
  readonly column: number;
  readonly nodeId: NodeId;
}

/** An asset dealt out anew. Its bytes, key and id stay. */
export type NewLayout = Pick<StoredAsset, 'layoutId' | 'policy' | 'columnNodes' | 'storedBytes'>;

/**
 * Which copies of columns somebody is writing or erasing. The catalogue names one copy of each column as the one that
 * counts; a *claim* says of a copy that it does not count, and that its owner alone writes and erases it. No copy is
 * ever both, so that whatever two workers do at the same time, nobody erases a copy that counts (ADR 24).
 */
export interface ColumnClaims {
  /** Answers those of one asset's copies that are the owner's now: not what is named, nor what is another's. */
  claimColumns(copies: readonly ColumnCopyRef[], owner: string): Promise<readonly ColumnCopyRef[]>;
  /**
   * In one transaction names the copy at `to`, which the owner has claimed, in place of that at `from`, which becomes
   * the owner's claim. False, and no change, where the catalogue names another by now.
   */
  moveColumn(
    move: Omit<ColumnCopyRef, 'nodeId'> & { readonly from: NodeId; readonly to: NodeId },
    owner: string,
  ): Promise<boolean>;
  /** The same for a whole asset: all copies that were named become the owner's claims. */
  switchLayout(assetId: AssetId, from: LayoutId, to: NewLayout, owner: string): Promise<boolean>;
  /** The copies are gone, or are left to whoever comes. */
  releaseColumns(copies: readonly ColumnCopyRef[], owner: string): Promise<void>;
  /** Gives the claims of owners that have ended to another, and answers them. */
  inheritClaims(owner: string, hasEnded: (owner: string) => boolean): Promise<readonly ColumnCopyRef[]>;
}

/** What an asset of an old epoch takes on the nodes. */
export interface EpochAsset extends AssetReference {
  readonly epoch: number;
  readonly storedBytes: number;
}

/** The same bytes as another asset, sealed anew: whatever used that one is to use this one. */
export type AssetExchange = {
  readonly from: AssetId;
  readonly to: StoredAsset;
} & (
  | {
      readonly kind: 'original';
      /** Of the new asset, and of renditions among them, each after its parent; sealed anew, since they name it. */
      readonly companions: readonly Companion[];
    }
  | {
      readonly kind: 'companion';
      readonly of: AssetId;
      readonly as: CompanionKind;
      /** Of the new asset. */
      readonly companions: readonly Companion[];
    }
  | { readonly kind: 'cover'; readonly coverHash: Bytes }
);

/** For repair, sweep, recovery and the command line. */
export interface CatalogMaintenance {
  /**
   * A person's decision, and for good: no log brings the track back. Its files stay known, so that a scan does
   * not import them again while they are as they were. Answers the assets that nothing refers to any more.
   * `not-found` on an unknown id.
   */
  removeTrack(id: TrackId): Promise<{ readonly assets: readonly AssetId[] }>;
  /**
   * Where an asset's columns lie after a repair. False, and no change, where it has another layout by now. A column that
   * is no longer named as it was `before` the repair looked stays as it is, and so does one whose copy somebody has
   * claimed; the asset then counts as degraded for as long as it did.
   */
  setColumnNodes(
    asset: Pick<StoredAsset, 'assetId' | 'layoutId' | 'columnNodes' | 'degraded'> & {
      readonly before: StoredAsset['columnNodes'];
    },
  ): Promise<boolean>;
  /** Assets that a degraded write left short of a column, longest waiting first. */
  degradedAssets(): AsyncIterable<StoredAsset>;
  assetCounts(): Promise<{
    readonly assets: number;
    /** Of all their columns. */
    readonly storedBytes: number;
    readonly degraded: number;
  }>;
  /** Every asset with all that is known of it, once. */
  storedAssets(): AsyncIterable<StoredAsset>;
  /** Of these, those that something refers to: nobody works for what only waits to be erased. */
  assetsInUse(): AsyncIterable<StoredAsset>;
  /** What people call an asset: the title of a track that it belongs to, if there is one. */
  titleOf(id: AssetId): Promise<{ readonly title: string; readonly artist: string } | undefined>;
  /** Every asset that the catalogue knows, once. What a vault holds beyond them is unknown, not garbage. */
  assetReferences(): AsyncIterable<AssetReference>;
  /** Assets that nothing has referred to since before the time, in no order. */
  orphanedAssets(sinceBeforeMs: number): AsyncIterable<StoredAsset>;
  /** Originals of which no companion of this kind was made, nor given up; read page by page, those of tracks added meanwhile perhaps left out. */
  originalsWithout(kind: CompanionKind): AsyncIterable<StoredAsset>;
  /** Every asset that is wrapped under one of these epochs, once; those that change meanwhile as before or after. */
  assetsOfEpochs(epochs: ReadonlySet<number>): AsyncIterable<EpochAsset>;
  /** The asset, if something refers to it. */
  assetInUse(id: AssetId): Promise<StoredAsset | undefined>;
  /**
   * Has what refers to one asset refer to another: an original or a companion in one transaction, a cover in one for
   * every few hundred tracks. Ids of tracks stay. Answers what nothing refers to any more by that: the asset of before with
   * its companions, or the new ones where nothing referred to the one of before.
   */
  exchangeAsset(exchange: AssetExchange): Promise<readonly AssetId[]>;
  /** Notes an asset that is on the nodes, and that nothing refers to, so that it is buried as others of that kind. */
  addOrphan(asset: StoredAsset): Promise<void>;
  /** Once its tombstone is written; what named its companions goes with it. `catalog-conflict` where something refers to it again. */
  forgetAsset(id: AssetId): Promise<void>;
  /**
   * Gives a recovered original a track, without a source. Idempotent by asset. Undefined where the library has
   * a track of the same content already: the asset is then known, and orphaned. Apply the log before this.
   */
  adoptTrack(track: AdoptedTrack): Promise<TrackId | undefined>;
  /**
   * For a catalogue that was restored from a backup: leaves out every id that the time since then may have given,
   * so that the log of that time can still be merged. Repeating it only wastes ids.
   */
  skipIds(): Promise<void>;
}

// --- the change stream ---

/** Values as SQL stores them; bytes as `{ "$bytes": base64url }`. */
export type RowValue = string | number | null | { readonly $bytes: string };

/** One row's newest state, from the outbox that its transaction wrote. */
export interface Change {
  /** Position in this catalogue's stream; gaps are possible, order is commit order. */
  readonly seq: number;
  readonly table: string;
  /** The primary key's values, in order. */
  readonly key: readonly (string | number)[];
  /** Grows with each change of the row; the highest wins, and a deletion always wins. */
  readonly rowVersion: number;
  /** Undefined for a deletion. */
  readonly row?: Readonly<Record<string, RowValue>>;
}

/** What follows a catalogue reads. */
export interface ChangeReader {
  /** Names the catalogue that `seq` counts in. A catalogue that a log was applied to has a new name. */
  catalogId(): Promise<string>;
  /** Changes with seq > after, in order. */
  changesAfter(after: number, limit: number): Promise<readonly Change[]>;
  lastSeq(): Promise<number>;
  /** The highest seq that was forgotten; a reader that has come less far must start from a snapshot. */
  trimmedUpTo(): Promise<number>;
  /**
   * Every row that the library log carries, as if each had just changed, and every deletion still known:
   * without them an older state that comes back would revive what was removed. Of these tables only, where
   * they are given.
   */
  snapshot(tables?: readonly string[]): AsyncIterable<Change>;
  /** Forgets changes up to and including seq. */
  trim(upToSeq: number): Promise<void>;
  /** Called after each commit that wrote to the outbox, with the tables that it changed; returns the unsubscriber. */
  onCommit(listener: (tables: ReadonlySet<string>) => void): () => void;
}

export interface ChangeStream extends ChangeReader {
  /** For recovery: merges rows by version; idempotent, in any order. Emits no outbox rows of its own. */
  apply(changes: readonly Change[]): Promise<void>;
}

import type { CompanionKind } from '../port.ts';

// Row types, one interface a table. Every primary key begins with `vb`, the bucket that places the row on
// a shard. Times are ms since the epoch, booleans 0 or 1, lists JSON text, ids of libraries and assets hex.
//
// Logged tables are the truth: each change goes to the outbox and the library log, under a `row_version`
// that grows. Derived tables and the columns marked so are functions of them, rebuilt while they are
// written and while a log is applied; no foreign keys tie them, since a log arrives in any order and the
// two ends of a reference may live on two shards.

export type Flag = 0 | 1;

/** What every logged table carries. */
interface Logged {
  readonly vb: number;
  readonly row_version: number;
}

export interface LibraryRow extends Logged {
  readonly id: string;
  readonly number: number;
  readonly name: string;
}

export interface SourceRow extends Logged {
  readonly id: number;
  readonly library_id: string;
  readonly root: string;
}

/** One path of a source. Never deleted: a path that was moved away is `gone`, so that it may come back. */
export interface SourceFileRow extends Logged {
  readonly source_id: number;
  /** Digest of the path key, since paths outgrow index limits. */
  readonly path_hash: string;
  readonly library_id: string;
  readonly path_key: string;
  readonly track_id: number;
  readonly content_hash: Uint8Array;
  readonly length_bytes: number;
  readonly modified_ns: string;
  readonly device_inode: string;
  readonly sidecars: string;
  readonly missing_since_ms: number | null;
  readonly gone: Flag;
}

export interface AssetRow extends Logged {
  readonly id: string;
  readonly library_id: string;
  readonly layout_id: string;
  readonly data_columns: number;
  readonly parity_columns: number;
  readonly header: Uint8Array;
  /** JSON array of node ids, null where a column was not stored. */
  readonly column_nodes: string;
  readonly wrapped_key: Uint8Array;
  readonly epoch: number;
  readonly length_bytes: number;
  readonly stored_bytes: number;
  readonly media_type: string;
  /** A column is missing and waits for repair. */
  readonly degraded_since_ms: number | null;
  readonly created_at_ms: number;
  /** Since when no track refers to it. */
  readonly orphaned_at_ms: number | null;
}

/** Keyed hash of a cover's bytes to the asset that holds them. */
export interface CoverRow extends Logged {
  readonly cover_hash: string;
  readonly library_id: string;
  readonly asset_id: string;
}

/** In the parent's bucket: an asset that was made from another one, and goes when that goes. */
export interface CompanionRow extends Logged {
  readonly parent_asset_id: string;
  readonly kind: CompanionKind;
  readonly library_id: string;
  /** Null where none can be made, so that it is not tried for ever. */
  readonly asset_id: string | null;
  readonly created_at_ms: number;
}

/** The columns that make a TrackView; the track's own row and its line on the album page share them. */
export interface TrackFacts {
  readonly library_id: string;
  readonly album_id: number;
  readonly title: string;
  readonly sort_title: string | null;
  readonly album_title: string;
  readonly display_artist: string;
  /** JSON: [[artist id, name as credited], ...]; so are the other credits. */
  readonly artists: string;
  readonly display_album_artist: string;
  readonly album_artists: string;
  readonly composers: string;
  readonly disc_number: number | null;
  readonly track_number: number | null;
  readonly year: number | null;
  /** JSON: names as tagged. */
  readonly genres: string;
  readonly duration_ms: number;
  readonly bit_rate_kbps: number | null;
  readonly sample_rate_hz: number | null;
  readonly bit_depth: number | null;
  readonly channel_count: number | null;
  readonly bpm: number | null;
  readonly comment: string | null;
  readonly isrcs: string;
  readonly mb_recording_id: string | null;
  readonly track_gain_db: number | null;
  readonly track_peak: number | null;
  readonly album_gain_db: number | null;
  readonly album_peak: number | null;
  readonly has_lyrics: Flag;
  readonly length_bytes: number;
  readonly media_type: string;
  readonly suffix: string;
  readonly cover_asset_id: string | null;
  readonly created_at_ms: number;
  readonly source_missing_since_ms: number | null;
  readonly disc_title: string | null;
  /** JSON of AlbumFacts: what this file says of its release. */
  readonly album_facts: string;
}

export interface TrackRow extends Logged, TrackFacts {
  readonly id: number;
  readonly original_asset_id: string;
  readonly codec: string;
  readonly container: string;
}

/** Identity and birth are logged; everything after them is derived from the album's tracks. */
export interface AlbumRow extends Logged {
  readonly id: number;
  readonly library_id: string;
  readonly mb_release_id: string | null;
  readonly created_at_ms: number;
  readonly title: string;
  readonly sort_title: string | null;
  readonly display_artist: string;
  readonly artists: string;
  readonly year: number | null;
  readonly release_date: string | null;
  readonly original_release_date: string | null;
  readonly release_types: string;
  readonly record_labels: string;
  readonly genres: string;
  readonly is_compilation: Flag;
  /** JSON: [[disc, title], ...]. */
  readonly disc_titles: string;
  /** 0 hides the album; the row stays, so that its id and stars return with it. */
  readonly track_count: number;
  readonly duration_ms: number;
  readonly cover_asset_id: string | null;
}

/** Sort name and MusicBrainz id are logged; the name is the most used spelling, the rest sums up credits. */
export interface ArtistRow extends Logged {
  readonly id: number;
  /** The library that credited the artist first. */
  readonly library_id: string;
  readonly name: string;
  readonly sort_name: string | null;
  readonly mb_artist_id: string | null;
  readonly created_at_ms: number;
  readonly album_count: number;
  /** JSON: of "artist", "albumartist", "composer"; empty hides the artist. */
  readonly roles: string;
  /** JSON: ids of the libraries that credit the artist, in order; search filters by them. */
  readonly libraries: string;
  readonly cover_asset_id: string | null;
}

/** What an album or artist is known by. One item may have several; each lies in its own digest's bucket. */
export interface IdentityRow extends Logged {
  readonly digest: string;
  readonly library_id: string;
  readonly kind: 'album' | 'artist';
  readonly item_id: number;
}

/** Where the listeners of an emptied album or artist were sent; null once it has tracks again. */
export interface RedirectRow extends Logged {
  readonly from_id: number;
  readonly to_id: number | null;
}

export interface LyricsRow extends Logged {
  readonly track_id: number;
  readonly library_id: string;
  /** JSON of LyricsView[]. */
  readonly entries: string;
}

/** Highest seq given in a bucket, and one. A log merges it by maximum. */
export interface IdSequenceRow extends Logged {
  readonly next_seq: number;
}

export interface UserRow extends Logged {
  readonly id: number;
  /** As typed; unique by `name_key`. */
  readonly name: string;
  /** Folded. Its digest chooses the user's bucket, see `userBucket`. */
  readonly name_key: string;
  readonly role: 'admin' | 'listener';
  readonly password_hash: string;
  readonly created_at_ms: number;
  readonly disabled_at_ms: number | null;
}

/** An app password (sealed) or an API key (hash only), in its user's bucket. A revoked one keeps neither. */
export interface CredentialRow extends Logged {
  readonly id: number;
  readonly user_id: number;
  readonly kind: 'app-password' | 'api-key';
  readonly client_name: string;
  readonly sealed: Uint8Array | null;
  /** SHA-256 of an API key. */
  readonly key_hash: Uint8Array | null;
  readonly created_at_ms: number;
  readonly last_used_at_ms: number | null;
  readonly revoked_at_ms: number | null;
}

/** A browser or program of a listener, in its user's bucket. A revoked one stays, so that its key never comes back. */
export interface DeviceRow extends Logged {
  readonly user_id: number;
  /** RFC 7638, SHA-256, base64url. */
  readonly thumbprint: string;
  readonly name: string;
  /** JWK, EC P-256. */
  readonly public_key: string;
  readonly created_at_ms: number;
  readonly last_used_at_ms: number | null;
  readonly revoked_at_ms: number | null;
}

/**
 * A browser that is signed in, in its user's bucket. Not logged: after a recovery everybody signs in again, and
 * no node learns who came when.
 */
export interface SessionRow {
  readonly vb: number;
  readonly user_id: number;
  /** SHA-256 of its token, hex. */
  readonly token_hash: string;
  readonly created_at_ms: number;
  readonly password_at_ms: number;
  readonly expires_at_ms: number;
}

/**
 * The state of a playback session as it was at `seq`, in its user's bucket. Not logged: it follows from a log of
 * its own, and changes too often.
 */
export interface PlaybackSessionRow {
  readonly vb: number;
  readonly user_id: number;
  readonly session_id: string;
  readonly name: string;
  readonly seq: number;
  readonly changed_at_ms: number;
  /** JSON. */
  readonly state: string;
}

/** Who changed what; never changed itself. All in bucket 0, so that the trail is one range. */
export interface AuditRow extends Logged {
  readonly id: number;
  readonly at_ms: number;
  /** Null for someone at the server's own command line. */
  readonly actor_id: number | null;
  readonly action: string;
  readonly subject_id: number;
  readonly detail: string | null;
}

/** What one user did with one item, in the user's bucket. Outlives the item, which may come back. */
export interface AnnotationRow extends Logged {
  readonly user_id: number;
  readonly item_id: number;
  readonly kind: 'track' | 'album' | 'artist';
  readonly library_id: string;
  readonly starred_at_ms: number | null;
  readonly rating: number | null;
  readonly play_count: number;
  readonly last_played_at_ms: number | null;
}

/** Listening history; never changed. */
export interface PlayRow extends Logged {
  readonly user_id: number;
  readonly played_at_ms: number;
  readonly track_id: number;
}

/** In its owner's bucket. */
export interface PlaylistRow extends Logged {
  readonly id: number;
  readonly owner_id: number;
  readonly name: string;
  readonly comment: string;
  readonly is_public: Flag;
  readonly created_at_ms: number;
  readonly changed_at_ms: number;
  /** JSON array; last, so that listing playlists reads none of it. */
  readonly track_ids: string;
}

export interface PlayQueueRow extends Logged {
  readonly user_id: number;
  readonly track_ids: string;
  readonly current_track_id: number | null;
  /** Null in rows of before it was kept: the first place of the track is meant. */
  readonly current_index: number | null;
  readonly position_ms: number;
  readonly changed_at_ms: number;
  readonly changed_by: string;
}

/** A deleted row. Its key is never used again, and no log brings it back. */
export interface TombstoneRow {
  readonly vb: number;
  readonly table_name: string;
  /** JSON array of the primary key. */
  readonly row_key: string;
  readonly row_version: number;
}

/** Facts of this database as such; in no log. */
export interface CatalogMetaRow {
  readonly name: 'catalog-id';
  readonly value: string;
}

/** How far one lane of the outbox has come: whoever writes to it holds this row until the commit. */
export interface OutboxLaneRow {
  readonly vb: number;
  readonly last_seq: number;
  /** The highest that was forgotten. */
  readonly trimmed_seq: number;
}

export interface OutboxEntryRow {
  /** The lane: the changed row's bucket, or 0 where all buckets are in one database. */
  readonly vb: number;
  /** Counted in the lane, in the order of commits. */
  readonly seq: number;
  /** Which transaction of which process wrote it. */
  readonly writer: string;
  readonly table_name: string;
  readonly row_key: string;
  readonly row_version: number;
  /** JSON object; null for a deletion. */
  readonly row: string | null;
}

// --- derived ---

/** The album's page, in its order: one range of one shard. */
export interface AlbumTrackRow extends TrackFacts {
  readonly vb: number;
  readonly disc_order: number;
  readonly number_order: number;
  readonly title_key: string;
  readonly track_id: number;
}

/** Values of `artist_track.roles`: bits. */
export const ROLE_ARTIST = 1;
export const ROLE_COMPOSER = 2;

/** In the artist's bucket: the tracks that credit them. */
export interface ArtistTrackRow {
  readonly vb: number;
  readonly artist_id: number;
  readonly track_id: number;
  readonly album_id: number;
  readonly library_id: string;
  readonly roles: number;
  /** As credited. */
  readonly name: string;
  /** Plays by everyone, from `track_plays`. */
  readonly plays: number;
}

/** In the artist's bucket: their albums. */
export interface ArtistAlbumRow {
  readonly vb: number;
  readonly artist_id: number;
  readonly album_id: number;
  readonly library_id: string;
  readonly is_album_artist: Flag;
  /** As the album credits them; empty where it does not. */
  readonly name: string;
  readonly track_count: number;
  readonly composer_count: number;
}

/** In the library's bucket: every visible album, by each order that lists use. */
export interface LibraryAlbumRow {
  readonly vb: number;
  readonly library_id: string;
  readonly album_id: number;
  readonly title_key: string;
  readonly artist_key: string;
  /** Four digits and the title key; null without a year. */
  readonly year_key: string | null;
  readonly created_at_ms: number;
  readonly shuffle: number;
}

export interface LibraryArtistRow {
  readonly vb: number;
  readonly library_id: string;
  readonly artist_id: number;
  readonly name_key: string;
  readonly album_count: number;
}

export interface LibraryTrackRow {
  readonly vb: number;
  readonly library_id: string;
  readonly track_id: number;
  readonly year: number | null;
  readonly shuffle: number;
}

/** In the genre's bucket, one row a spelling. */
export interface GenreRow {
  readonly vb: number;
  readonly genre_key: string;
  readonly library_id: string;
  readonly name: string;
  readonly track_count: number;
}

export interface GenreTrackRow {
  readonly vb: number;
  readonly genre_key: string;
  readonly library_id: string;
  readonly track_id: number;
  readonly year: number | null;
  readonly shuffle: number;
}

export interface GenreAlbumRow {
  readonly vb: number;
  readonly genre_key: string;
  readonly library_id: string;
  readonly album_id: number;
  readonly title_key: string;
}

/** Counts that would otherwise need a scan. */
export interface TallyRow {
  readonly vb: number;
  readonly library_id: string;
  readonly kind: 'tracks' | 'albums' | 'genre-albums';
  readonly name: string;
  readonly total: number;
}

/** In the track's bucket: plays by everyone. */
export interface TrackPlaysRow {
  readonly vb: number;
  readonly track_id: number;
  readonly plays: number;
}

/** In the asset's bucket: the tracks that use it. Whoever uses an asset uses its companions. */
export interface AssetUseRow {
  readonly vb: number;
  readonly asset_id: string;
  readonly track_id: number;
}

/** All public playlists, in bucket 0. */
export interface PublicPlaylistRow {
  readonly vb: number;
  readonly playlist_id: number;
}

export interface LoggedTables {
  library: LibraryRow;
  source: SourceRow;
  source_file: SourceFileRow;
  asset: AssetRow;
  cover: CoverRow;
  companion: CompanionRow;
  track: TrackRow;
  album: AlbumRow;
  artist: ArtistRow;
  identity: IdentityRow;
  redirect: RedirectRow;
  lyrics: LyricsRow;
  id_sequence: IdSequenceRow;
  user: UserRow;
  credential: CredentialRow;
  device: DeviceRow;
  audit: AuditRow;
  annotation: AnnotationRow;
  play: PlayRow;
  playlist: PlaylistRow;
  play_queue: PlayQueueRow;
}
export type LoggedName = keyof LoggedTables;

export interface DerivedTables {
  album_track: AlbumTrackRow;
  artist_track: ArtistTrackRow;
  artist_album: ArtistAlbumRow;
  library_album: LibraryAlbumRow;
  library_artist: LibraryArtistRow;
  library_track: LibraryTrackRow;
  genre: GenreRow;
  genre_track: GenreTrackRow;
  genre_album: GenreAlbumRow;
  tally: TallyRow;
  track_plays: TrackPlaysRow;
  asset_use: AssetUseRow;
  public_playlist: PublicPlaylistRow;
}

/** A copy of a column that its owner alone writes or erases; this server's own, and in no log. */
export interface ColumnClaimRow {
  readonly vb: number;
  readonly asset_id: string;
  readonly layout_id: string;
  readonly column_number: number;
  readonly node_id: string;
  readonly owner: string;
}

export interface Schema extends LoggedTables, DerivedTables {
  session: SessionRow;
  playback_session: PlaybackSessionRow;
  column_claim: ColumnClaimRow;
  tombstone: TombstoneRow;
  catalog_meta: CatalogMetaRow;
  outbox_lane: OutboxLaneRow;
  outbox_entry: OutboxEntryRow;
}

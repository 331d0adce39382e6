import type { Schema } from './schema.ts';

/** Every table by its primary key. What names the library comes last: half a copy is no catalogue yet. */
export const primaryKeys = {
  source: ['vb', 'id'],
  source_file: ['vb', 'source_id', 'path_hash'],
  asset: ['vb', 'id'],
  cover: ['vb', 'cover_hash'],
  companion: ['vb', 'parent_asset_id', 'kind'],
  track: ['vb', 'id'],
  album: ['vb', 'id'],
  artist: ['vb', 'id'],
  identity: ['vb', 'digest'],
  redirect: ['vb', 'from_id'],
  lyrics: ['vb', 'track_id'],
  id_sequence: ['vb'],
  user: ['vb', 'id'],
  credential: ['vb', 'id'],
  device: ['vb', 'user_id', 'thumbprint'],
  audit: ['vb', 'id'],
  annotation: ['vb', 'user_id', 'item_id'],
  play: ['vb', 'user_id', 'played_at_ms', 'track_id'],
  playlist: ['vb', 'id'],
  play_queue: ['vb', 'user_id'],
  album_track: ['vb', 'album_id', 'disc_order', 'number_order', 'title_key', 'track_id'],
  artist_track: ['vb', 'artist_id', 'track_id'],
  artist_album: ['vb', 'artist_id', 'album_id'],
  library_album: ['vb', 'library_id', 'album_id'],
  library_artist: ['vb', 'library_id', 'artist_id'],
  library_track: ['vb', 'library_id', 'track_id'],
  genre: ['vb', 'genre_key', 'library_id', 'name'],
  genre_track: ['vb', 'genre_key', 'library_id', 'track_id'],
  genre_album: ['vb', 'genre_key', 'library_id', 'album_id'],
  tally: ['vb', 'library_id', 'kind', 'name'],
  track_plays: ['vb', 'track_id'],
  asset_use: ['vb', 'asset_id', 'track_id'],
  public_playlist: ['vb', 'playlist_id'],
  session: ['vb', 'user_id', 'token_hash'],
  playback_session: ['vb', 'user_id', 'session_id'],
  column_claim: ['vb', 'asset_id', 'layout_id', 'column_number', 'node_id'],
  tombstone: ['vb', 'table_name', 'row_key'],
  outbox_entry: ['vb', 'seq'],
  outbox_lane: ['vb'],
  catalog_meta: ['name'],
  library: ['vb', 'id'],
} as const satisfies Record<keyof Schema, readonly string[]>;

export type TableName = keyof typeof primaryKeys;

// The keys of the object above are names of tables.
export const tableNames = Object.keys(primaryKeys) as readonly TableName[];

import type { DerivedTables, LoggedName, LoggedTables, TombstoneRow, TrackFacts } from './schema.ts';

/** How SQL stores a column; `?` where null is allowed. */
export type ColumnType = 'integer' | 'integer?' | 'real?' | 'text' | 'text?' | 'bytes' | 'bytes?';

/** What the outbox, snapshots and recovery need to know of a logged table. */
export interface LoggedTable {
  readonly name: LoggedName;
  /** Primary key, in order; integers and text only, never reused after a deletion. */
  readonly key: readonly string[];
  /** Every column but `row_version`. */
  readonly columns: Readonly<Record<string, ColumnType>>;
}

/** Tables whose rows are read and written by their keys. */
export interface KeyedTables extends LoggedTables, DerivedTables {
  tombstone: TombstoneRow;
}
export type KeyedName = keyof KeyedTables;

export interface KeyedTable {
  readonly name: KeyedName;
  readonly key: readonly string[];
  /** Every column. */
  readonly columns: readonly string[];
}

interface Definition<Name extends KeyedName, Unnamed extends string = never> {
  readonly key: readonly (keyof KeyedTables[Name] & string)[];
  readonly columns: Readonly<Record<Exclude<keyof KeyedTables[Name] & string, Unnamed>, ColumnType>>;
}

const trackFacts = {
  library_id: 'text',
  album_id: 'integer',
  title: 'text',
  sort_title: 'text?',
  album_title: 'text',
  display_artist: 'text',
  artists: 'text',
  display_album_artist: 'text',
  album_artists: 'text',
  composers: 'text',
  disc_number: 'integer?',
  track_number: 'integer?',
  year: 'integer?',
  genres: 'text',
  duration_ms: 'integer',
  bit_rate_kbps: 'integer?',
  sample_rate_hz: 'integer?',
  bit_depth: 'integer?',
  channel_count: 'integer?',
  bpm: 'real?',
  comment: 'text?',
  isrcs: 'text',
  mb_recording_id: 'text?',
  track_gain_db: 'real?',
  track_peak: 'real?',
  album_gain_db: 'real?',
  album_peak: 'real?',
  has_lyrics: 'integer',
  length_bytes: 'integer',
  media_type: 'text',
  suffix: 'text',
  cover_asset_id: 'text?',
  created_at_ms: 'integer',
  source_missing_since_ms: 'integer?',
  disc_title: 'text?',
  album_facts: 'text',
} as const satisfies Record<keyof TrackFacts, ColumnType>;

const definitions: { readonly [Name in LoggedName]: Definition<Name, 'row_version'> } = {
  library: { key: ['vb', 'id'], columns: { vb: 'integer', id: 'text', number: 'integer', name: 'text' } },
  source: {
    key: ['vb', 'id'],
    columns: { vb: 'integer', id: 'integer', library_id: 'text', root: 'text' },
  },
  source_file: {
    key: ['vb', 'source_id', 'path_hash'],
    columns: {
      vb: 'integer',
      source_id: 'integer',
      path_hash: 'text',
      library_id: 'text',
      path_key: 'text',
      track_id: 'integer',
      content_hash: 'bytes',
      length_bytes: 'integer',
      modified_ns: 'text',
      device_inode: 'text',
      sidecars: 'text',
      missing_since_ms: 'integer?',
      gone: 'integer',
    },
  },
  asset: {
    key: ['vb', 'id'],
    columns: {
      vb: 'integer',
      id: 'text',
      library_id: 'text',
      layout_id: 'text',
      data_columns: 'integer',
      parity_columns: 'integer',
      header: 'bytes',
      column_nodes: 'text',
      wrapped_key: 'bytes',
      epoch: 'integer',
      length_bytes: 'integer',
      stored_bytes: 'integer',
      media_type: 'text',
      degraded_since_ms: 'integer?',
      created_at_ms: 'integer',
      orphaned_at_ms: 'integer?',
    },
  },
  cover: {
    key: ['vb', 'cover_hash'],
    columns: { vb: 'integer', cover_hash: 'text', library_id: 'text', asset_id: 'text' },
  },
  companion: {
    key: ['vb', 'parent_asset_id', 'kind'],
    columns: {
      vb: 'integer',
      parent_asset_id: 'text',
      kind: 'text',
      library_id: 'text',
      asset_id: 'text?',
      created_at_ms: 'integer',
    },
  },
  track: {
    key: ['vb', 'id'],
    columns: {
      vb: 'integer',
      id: 'integer',
      ...trackFacts,
      original_asset_id: 'text',
      codec: 'text',
      container: 'text',
    },
  },
  album: {
    key: ['vb', 'id'],
    columns: {
      vb: 'integer',
      id: 'integer',
      library_id: 'text',
      mb_release_id: 'text?',
      created_at_ms: 'integer',
      title: 'text',
      sort_title: 'text?',
      display_artist: 'text',
      artists: 'text',
      year: 'integer?',
      release_date: 'text?',
      original_release_date: 'text?',
      release_types: 'text',
      record_labels: 'text',
      genres: 'text',
      is_compilation: 'integer',
      disc_titles: 'text',
      track_count: 'integer',
      duration_ms: 'integer',
      cover_asset_id: 'text?',
    },
  },
  artist: {
    key: ['vb', 'id'],
    columns: {
      vb: 'integer',
      id: 'integer',
      library_id: 'text',
      name: 'text',
      sort_name: 'text?',
      mb_artist_id: 'text?',
      created_at_ms: 'integer',
      album_count: 'integer',
      roles: 'text',
      libraries: 'text',
      cover_asset_id: 'text?',
    },
  },
  identity: {
    key: ['vb', 'digest'],
    columns: { vb: 'integer', digest: 'text', library_id: 'text', kind: 'text', item_id: 'integer' },
  },
  redirect: {
    key: ['vb', 'from_id'],
    columns: { vb: 'integer', from_id: 'integer', to_id: 'integer?' },
  },
  lyrics: {
    key: ['vb', 'track_id'],
    columns: { vb: 'integer', track_id: 'integer', library_id: 'text', entries: 'text' },
  },
  id_sequence: { key: ['vb'], columns: { vb: 'integer', next_seq: 'integer' } },
  user: {
    key: ['vb', 'id'],
    columns: {
      vb: 'integer',
      id: 'integer',
      name: 'text',
      name_key: 'text',
      role: 'text',
      password_hash: 'text',
      created_at_ms: 'integer',
      disabled_at_ms: 'integer?',
    },
  },
  credential: {
    key: ['vb', 'id'],
    columns: {
      vb: 'integer',
      id: 'integer',
      user_id: 'integer',
      kind: 'text',
      client_name: 'text',
      sealed: 'bytes?',
      key_hash: 'bytes?',
      created_at_ms: 'integer',
      last_used_at_ms: 'integer?',
      revoked_at_ms: 'integer?',
    },
  },
  device: {
    key: ['vb', 'user_id', 'thumbprint'],
    columns: {
      vb: 'integer',
      user_id: 'integer',
      thumbprint: 'text',
      name: 'text',
      public_key: 'text',
      created_at_ms: 'integer',
      last_used_at_ms: 'integer?',
      revoked_at_ms: 'integer?',
    },
  },
  audit: {
    key: ['vb', 'id'],
    columns: {
      vb: 'integer',
      id: 'integer',
      at_ms: 'integer',
      actor_id: 'integer?',
      action: 'text',
      subject_id: 'integer',
      detail: 'text?',
    },
  },
  annotation: {
    key: ['vb', 'user_id', 'item_id'],
    columns: {
      vb: 'integer',
      user_id: 'integer',
      item_id: 'integer',
      kind: 'text',
      library_id: 'text',
      starred_at_ms: 'integer?',
      rating: 'integer?',
      play_count: 'integer',
      last_played_at_ms: 'integer?',
    },
  },
  play: {
    key: ['vb', 'user_id', 'played_at_ms', 'track_id'],
    columns: { vb: 'integer', user_id: 'integer', played_at_ms: 'integer', track_id: 'integer' },
  },
  playlist: {
    key: ['vb', 'id'],
    columns: {
      vb: 'integer',
      id: 'integer',
      owner_id: 'integer',
      name: 'text',
      comment: 'text',
      is_public: 'integer',
      created_at_ms: 'integer',
      changed_at_ms: 'integer',
      track_ids: 'text',
    },
  },
  play_queue: {
    key: ['vb', 'user_id'],
    columns: {
      vb: 'integer',
      user_id: 'integer',
      track_ids: 'text',
      current_track_id: 'integer?',
      current_index: 'integer?',
      position_ms: 'integer',
      changed_at_ms: 'integer',
      changed_by: 'text',
    },
  },
};

/** What others refer to comes first. */
export const loggedTables: readonly LoggedTable[] = Object.entries(definitions).map(
  ([name, { key, columns }]) => ({ name: name as LoggedName, key, columns }),
);

const byName = new Map<string, LoggedTable>(loggedTables.map((table) => [table.name, table]));

export function loggedTable(name: string): LoggedTable | undefined {
  return byName.get(name);
}

type UnloggedName = Exclude<KeyedName, LoggedName>;

const unlogged: { readonly [Name in UnloggedName]: Definition<Name> } = {
  album_track: {
    key: ['vb', 'album_id', 'disc_order', 'number_order', 'title_key', 'track_id'],
    columns: {
      vb: 'integer',
      disc_order: 'integer',
      number_order: 'integer',
      title_key: 'text',
      track_id: 'integer',
      ...trackFacts,
    },
  },
  artist_track: {
    key: ['vb', 'artist_id', 'track_id'],
    columns: {
      vb: 'integer',
      artist_id: 'integer',
      track_id: 'integer',
      album_id: 'integer',
      library_id: 'text',
      roles: 'integer',
      name: 'text',
      plays: 'integer',
    },
  },
  artist_album: {
    key: ['vb', 'artist_id', 'album_id'],
    columns: {
      vb: 'integer',
      artist_id: 'integer',
      album_id: 'integer',
      library_id: 'text',
      is_album_artist: 'integer',
      name: 'text',
      track_count: 'integer',
      composer_count: 'integer',
    },
  },
  library_album: {
    key: ['vb', 'library_id', 'album_id'],
    columns: {
      vb: 'integer',
      library_id: 'text',
      album_id: 'integer',
      title_key: 'text',
      artist_key: 'text',
      year_key: 'text?',
      created_at_ms: 'integer',
      shuffle: 'integer',
    },
  },
  library_artist: {
    key: ['vb', 'library_id', 'artist_id'],
    columns: {
      vb: 'integer',
      library_id: 'text',
      artist_id: 'integer',
      name_key: 'text',
      album_count: 'integer',
    },
  },
  library_track: {
    key: ['vb', 'library_id', 'track_id'],
    columns: {
      vb: 'integer',
      library_id: 'text',
      track_id: 'integer',
      year: 'integer?',
      shuffle: 'integer',
    },
  },
  genre: {
    key: ['vb', 'genre_key', 'library_id', 'name'],
    columns: { vb: 'integer', genre_key: 'text', library_id: 'text', name: 'text', track_count: 'integer' },
  },
  genre_track: {
    key: ['vb', 'genre_key', 'library_id', 'track_id'],
    columns: {
      vb: 'integer',
      genre_key: 'text',
      library_id: 'text',
      track_id: 'integer',
      year: 'integer?',
      shuffle: 'integer',
    },
  },
  genre_album: {
    key: ['vb', 'genre_key', 'library_id', 'album_id'],
    columns: {
      vb: 'integer',
      genre_key: 'text',
      library_id: 'text',
      album_id: 'integer',
      title_key: 'text',
    },
  },
  tally: {
    key: ['vb', 'library_id', 'kind', 'name'],
    columns: { vb: 'integer', library_id: 'text', kind: 'text', name: 'text', total: 'integer' },
  },
  track_plays: {
    key: ['vb', 'track_id'],
    columns: { vb: 'integer', track_id: 'integer', plays: 'integer' },
  },
  asset_use: {
    key: ['vb', 'asset_id', 'track_id'],
    columns: { vb: 'integer', asset_id: 'text', track_id: 'integer' },
  },
  public_playlist: {
    key: ['vb', 'playlist_id'],
    columns: { vb: 'integer', playlist_id: 'integer' },
  },
  tombstone: {
    key: ['vb', 'table_name', 'row_key'],
    columns: { vb: 'integer', table_name: 'text', row_key: 'text', row_version: 'integer' },
  },
};

export const keyedTables: readonly KeyedTable[] = [
  ...loggedTables.map(({ name, key, columns }) => ({
    name,
    key,
    columns: [...Object.keys(columns), 'row_version'],
  })),
  ...Object.entries(unlogged).map(([name, { key, columns }]) => ({
    name: name as UnloggedName,
    key,
    columns: Object.keys(columns),
  })),
];

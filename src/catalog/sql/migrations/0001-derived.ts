import { trackFacts } from './0001-logged.ts';
import type { TableDefinition } from './define.ts';

export const derivedTables: Readonly<Record<string, TableDefinition>> = {
  album_track: {
    columns: {
      vb: 'integer',
      disc_order: 'integer',
      number_order: 'integer',
      title_key: 'key',
      track_id: 'integer',
      ...trackFacts,
    },
    primaryKey: ['vb', 'album_id', 'disc_order', 'number_order', 'title_key', 'track_id'],
    // Everything that an album sums up from its tracks, so that summing reads no row.
    coveringIndexes: [
      {
        by: ['vb', 'album_id'],
        with: ['disc_number', 'disc_title', 'cover_asset_id', 'genres', 'duration_ms'],
      },
    ],
  },
  artist_track: {
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
    primaryKey: ['vb', 'artist_id', 'track_id'],
    clustered: true,
    indexes: [['vb', 'artist_id', 'plays', 'track_id']],
    coveringIndexes: [{ by: ['vb', 'artist_id', 'album_id'], with: ['roles', 'name'] }],
  },
  artist_album: {
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
    primaryKey: ['vb', 'artist_id', 'album_id'],
    clustered: true,
  },
  library_album: {
    columns: {
      vb: 'integer',
      library_id: 'name',
      album_id: 'integer',
      title_key: 'key',
      artist_key: 'key',
      year_key: 'key?',
      created_at_ms: 'integer',
      shuffle: 'integer',
    },
    primaryKey: ['vb', 'library_id', 'album_id'],
    clustered: true,
    indexes: [
      ['vb', 'library_id', 'title_key', 'album_id'],
      ['vb', 'library_id', 'artist_key', 'album_id'],
      ['vb', 'library_id', 'year_key', 'album_id'],
      ['vb', 'library_id', 'created_at_ms', 'album_id'],
      ['vb', 'library_id', 'shuffle', 'album_id'],
    ],
  },
  library_artist: {
    columns: {
      vb: 'integer',
      library_id: 'name',
      artist_id: 'integer',
      name_key: 'key',
      album_count: 'integer',
    },
    primaryKey: ['vb', 'library_id', 'artist_id'],
    clustered: true,
    indexes: [['vb', 'library_id', 'name_key', 'artist_id', 'album_count']],
  },
  library_track: {
    columns: {
      vb: 'integer',
      library_id: 'name',
      track_id: 'integer',
      year: 'integer?',
      shuffle: 'integer',
    },
    primaryKey: ['vb', 'library_id', 'track_id'],
    clustered: true,
    indexes: [
      ['vb', 'library_id', 'shuffle', 'track_id', 'year'],
      ['vb', 'library_id', 'year', 'track_id'],
    ],
  },
  genre: {
    columns: {
      vb: 'integer',
      genre_key: 'label',
      library_id: 'name',
      name: 'label',
      track_count: 'integer',
    },
    primaryKey: ['vb', 'genre_key', 'library_id', 'name'],
    clustered: true,
  },
  genre_track: {
    columns: {
      vb: 'integer',
      genre_key: 'label',
      library_id: 'name',
      track_id: 'integer',
      year: 'integer?',
      shuffle: 'integer',
    },
    primaryKey: ['vb', 'genre_key', 'library_id', 'track_id'],
    clustered: true,
    indexes: [
      ['vb', 'genre_key', 'library_id', 'year', 'track_id'],
      ['vb', 'genre_key', 'library_id', 'shuffle', 'track_id', 'year'],
    ],
  },
  genre_album: {
    columns: {
      vb: 'integer',
      genre_key: 'label',
      library_id: 'name',
      album_id: 'integer',
      title_key: 'key',
    },
    primaryKey: ['vb', 'genre_key', 'library_id', 'album_id'],
    clustered: true,
    indexes: [['vb', 'genre_key', 'library_id', 'title_key', 'album_id']],
  },
  tally: {
    columns: { vb: 'integer', library_id: 'name', kind: 'name', name: 'label', total: 'integer' },
    primaryKey: ['vb', 'library_id', 'kind', 'name'],
    clustered: true,
  },
  track_plays: {
    columns: { vb: 'integer', track_id: 'integer', plays: 'integer' },
    primaryKey: ['vb', 'track_id'],
    clustered: true,
  },
  asset_use: {
    columns: { vb: 'integer', asset_id: 'name', track_id: 'integer' },
    primaryKey: ['vb', 'asset_id', 'track_id'],
    clustered: true,
  },
  public_playlist: {
    columns: { vb: 'integer', playlist_id: 'integer' },
    primaryKey: ['vb', 'playlist_id'],
    clustered: true,
  },
};

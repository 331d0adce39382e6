import type { AlbumId, ArtistId, AssetId, LibraryId, TrackId, UserId } from '../../core/index.ts';
import { integerOf, textOf } from '../change-values.ts';
import type { Change } from '../port.ts';
import type { SearchChange, SearchItem } from './port.ts';

/** The tables that search follows: what there is, and how often it was played. */
export const searchedTables = { items: ['track', 'album', 'artist'], plays: ['annotation'] } as const;

/** What a change of the catalogue says to the search index; undefined for one that it has no part in. */
export function searchChangeOf(change: Change): SearchChange | undefined {
  switch (change.table) {
    case 'track':
      return trackChange(change);
    case 'album':
      return albumChange(change);
    case 'artist':
      return artistChange(change);
    case 'annotation':
      return playsChange(change);
    default:
      return undefined;
  }
}

function trackChange({ key, row }: Change): SearchChange {
  const item = { kind: 'track', id: integerOf(key[1]) as TrackId } as const;
  if (!row) return { kind: 'remove', item };
  return {
    kind: 'upsert',
    record: {
      ...item,
      libraryIds: [textOf(row['library_id']) as LibraryId],
      title: textOf(row['title']),
      artist: textOf(row['display_artist']),
      album: textOf(row['album_title']),
      ...coverOf(row),
      durationMs: integerOf(row['duration_ms']),
      albumId: integerOf(row['album_id']) as AlbumId,
      createdAtMs: integerOf(row['created_at_ms']),
    },
  };
}

function albumChange({ key, row }: Change): SearchChange {
  const item = { kind: 'album', id: integerOf(key[1]) as AlbumId } as const;
  // An album without tracks keeps its row, but is shown nowhere.
  if (!row || row['track_count'] === 0) return { kind: 'remove', item };
  return {
    kind: 'upsert',
    record: {
      ...item,
      libraryIds: [textOf(row['library_id']) as LibraryId],
      title: textOf(row['title']),
      artist: textOf(row['display_artist']),
      album: '',
      ...coverOf(row),
      durationMs: integerOf(row['duration_ms']),
      itemCount: integerOf(row['track_count']),
      createdAtMs: integerOf(row['created_at_ms']),
    },
  };
}

function artistChange({ key, row }: Change): SearchChange {
  const item = { kind: 'artist', id: integerOf(key[1]) as ArtistId } as const;
  // As with an album: nothing credits the artist any more.
  if (!row || row['roles'] === '[]') return { kind: 'remove', item };
  return {
    kind: 'upsert',
    record: {
      ...item,
      libraryIds: JSON.parse(textOf(row['libraries'])) as LibraryId[],
      title: textOf(row['name']),
      artist: '',
      album: '',
      ...coverOf(row),
      itemCount: integerOf(row['album_count']),
    },
  };
}

function playsChange({ key, row }: Change): SearchChange {
  return {
    kind: 'plays',
    itemId: integerOf(key[2]) as SearchItem['id'],
    userId: integerOf(key[1]) as UserId,
    count: row ? integerOf(row['play_count']) : 0,
  };
}

function coverOf(row: NonNullable<Change['row']>): { readonly coverAssetId?: AssetId } {
  const cover = row['cover_asset_id'];
  return typeof cover === 'string' ? { coverAssetId: cover as AssetId } : {};
}

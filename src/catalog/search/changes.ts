import {
  type AlbumId,
  type ArtistId,
  type AssetId,
  ClefError,
  type LibraryId,
  type TrackId,
  type UserId,
} from '../../core/index.ts';
import type { Change, RowValue } from '../port.ts';
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
  const item = { kind: 'track', id: integer(key[1]) as TrackId } as const;
  if (!row) return { kind: 'remove', item };
  return {
    kind: 'upsert',
    record: {
      ...item,
      libraryIds: [text(row['library_id']) as LibraryId],
      title: text(row['title']),
      artist: text(row['display_artist']),
      album: text(row['album_title']),
      ...coverOf(row),
      durationMs: integer(row['duration_ms']),
    },
  };
}

function albumChange({ key, row }: Change): SearchChange {
  const item = { kind: 'album', id: integer(key[1]) as AlbumId } as const;
  // An album without tracks keeps its row, but is shown nowhere.
  if (!row || row['track_count'] === 0) return { kind: 'remove', item };
  return {
    kind: 'upsert',
    record: {
      ...item,
      libraryIds: [text(row['library_id']) as LibraryId],
      title: text(row['title']),
      artist: text(row['display_artist']),
      album: '',
      ...coverOf(row),
      durationMs: integer(row['duration_ms']),
    },
  };
}

function artistChange({ key, row }: Change): SearchChange {
  const item = { kind: 'artist', id: integer(key[1]) as ArtistId } as const;
  // As with an album: nothing credits the artist any more.
  if (!row || row['roles'] === '[]') return { kind: 'remove', item };
  return {
    kind: 'upsert',
    record: {
      ...item,
      libraryIds: JSON.parse(text(row['libraries'])) as LibraryId[],
      title: text(row['name']),
      artist: '',
      album: '',
      ...coverOf(row),
    },
  };
}

function playsChange({ key, row }: Change): SearchChange {
  return {
    kind: 'plays',
    itemId: integer(key[2]) as SearchItem['id'],
    userId: integer(key[1]) as UserId,
    count: row ? integer(row['play_count']) : 0,
  };
}

function coverOf(row: NonNullable<Change['row']>): { readonly coverAssetId?: AssetId } {
  const cover = row['cover_asset_id'];
  return typeof cover === 'string' ? { coverAssetId: cover as AssetId } : {};
}

function text(value: RowValue | undefined): string {
  if (typeof value !== 'string') throw unexpected('a text', value);
  return value;
}

function integer(value: RowValue | undefined): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw unexpected('an integer', value);
  return value;
}

function unexpected(expected: string, value: unknown): ClefError {
  return new ClefError(
    'catalog-corrupt',
    `a catalogue change holds ${typeof value} where search needs ${expected}`,
  );
}

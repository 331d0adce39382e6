import type { AssetId, LayoutId, LibraryId, NodeId, TrackId } from '../../core/index.ts';
import { bytesOf, integerOf, textOf } from '../change-values.ts';
import type { Change, CompanionKind, StoredAsset } from '../port.ts';
import type { PlayChange, PlayTrack } from './port.ts';

export const playedTables = ['track', 'asset', 'companion'] as const;

type Row = NonNullable<Change['row']>;

/** What a change of the catalogue says to the play file; undefined for one that it has no part in. */
export function playChangeOf({ table, key, row }: Change): PlayChange | undefined {
  switch (table) {
    case 'track':
      return { kind: 'track', id: integerOf(key[1]) as TrackId, track: row && trackOf(row) };
    case 'asset':
      return { kind: 'asset', id: textOf(key[1]) as AssetId, asset: row && assetOf(row) };
    case 'companion':
      return {
        kind: 'companion',
        parentId: textOf(key[1]) as AssetId,
        as: textOf(key[2]) as CompanionKind,
        companion: row && companionOf(row),
      };
    default:
      return undefined;
  }
}

function trackOf(row: Row): PlayTrack {
  return {
    originalId: textOf(row['original_asset_id']) as AssetId,
    displayArtist: textOf(row['display_artist']),
    title: textOf(row['title']),
    suffix: textOf(row['suffix']),
  };
}

function assetOf(row: Row): StoredAsset {
  return {
    libraryId: textOf(row['library_id']) as LibraryId,
    assetId: textOf(row['id']) as AssetId,
    layoutId: textOf(row['layout_id']) as LayoutId,
    policy: { k: integerOf(row['data_columns']), m: integerOf(row['parity_columns']) },
    header: bytesOf(row['header']),
    columnNodes: nodesOf(textOf(row['column_nodes'])),
    wrappedKey: bytesOf(row['wrapped_key']),
    epoch: integerOf(row['epoch']),
    lengthBytes: integerOf(row['length_bytes']),
    storedBytes: integerOf(row['stored_bytes']),
    degraded: row['degraded_since_ms'] !== null,
    mediaType: textOf(row['media_type']),
    createdAtMs: integerOf(row['created_at_ms']),
  };
}

/** By column, the node whose copy counts; null where there is none. */
function nodesOf(json: string): readonly (NodeId | undefined)[] {
  return (JSON.parse(json) as (NodeId | null)[]).map((node) => node ?? undefined);
}

function companionOf(row: Row): { readonly assetId?: AssetId } {
  const assetId = row['asset_id'];
  return typeof assetId === 'string' ? { assetId: assetId as AssetId } : {};
}

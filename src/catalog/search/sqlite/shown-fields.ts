import { type AlbumId, type AssetId, fromHex } from '../../../core/index.ts';
import type { ShownFields } from '../port.ts';

export const SHOWN_COLUMNS = ['cover', 'duration_ms', 'album_id', 'item_count', 'created_at_ms'] as const;

/** The same, as `ShownRow` has them. */
export const SELECTED_SHOWN = SHOWN_COLUMNS.map((column) =>
  column === 'cover' ? 'lower(hex(cover))' : column,
).join(', ');

export type ShownRow = [
  cover: AssetId | '',
  durationMs: number | null,
  albumId: AlbumId | null,
  itemCount: number | null,
  createdAtMs: number | null,
];

export function shownOf([cover, durationMs, albumId, itemCount, createdAtMs]: ShownRow): ShownFields {
  return {
    ...(cover !== '' && { coverAssetId: cover }),
    ...(durationMs !== null && { durationMs }),
    ...(albumId !== null && { albumId }),
    ...(itemCount !== null && { itemCount }),
    ...(createdAtMs !== null && { createdAtMs }),
  };
}

/** In the order of `SHOWN_COLUMNS`. */
export function shownValues(shown: ShownFields): (Uint8Array | number | null)[] {
  const { coverAssetId, durationMs, albumId, itemCount, createdAtMs } = shown;
  return [
    coverAssetId === undefined ? null : fromHex(coverAssetId),
    durationMs ?? null,
    albumId ?? null,
    itemCount ?? null,
    createdAtMs ?? null,
  ];
}

export function isShownAlike(a: ShownFields, b: ShownFields): boolean {
  return (
    a.coverAssetId === b.coverAssetId &&
    a.durationMs === b.durationMs &&
    a.albumId === b.albumId &&
    a.itemCount === b.itemCount &&
    a.createdAtMs === b.createdAtMs
  );
}

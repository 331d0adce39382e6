import type { CatalogTransaction } from '../transaction.ts';

/** The one bucket of the list, so that a client's start page asks one shard for it. */
export const PUBLIC_BUCKET = 0;

export function putPublicLine({ rows }: CatalogTransaction, playlistId: number, isPublic: boolean): void {
  const line = { vb: PUBLIC_BUCKET, playlist_id: playlistId };
  if (isPublic) rows.write('public_playlist', line);
  else rows.delete('public_playlist', line);
}

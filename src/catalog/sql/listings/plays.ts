import { bucketOf } from '../../../core/index.ts';
import { prepared } from '../prepared.ts';
import type { CatalogTransaction } from '../transaction.ts';

const putArtistPlays = prepared<{ vb: number; artist_id: number; track_id: number; plays: number }, unknown>(
  (db, param) =>
    db
      .updateTable('artist_track')
      .set({ plays: param('plays') })
      .where('vb', '=', param('vb'))
      .where('artist_id', '=', param('artist_id'))
      .where('track_id', '=', param('track_id')),
);

/** Adds to what everyone together played of a track, and tells the lists of the artists that it credits. */
export async function addPlays(
  tx: CatalogTransaction,
  trackId: number,
  by: number,
  artistIds: Iterable<number>,
): Promise<void> {
  if (by === 0) return;
  const key = { vb: bucketOf(trackId), track_id: trackId };
  const plays = ((await tx.rows.get('track_plays', key))?.plays ?? 0) + by;
  if (plays === 0) tx.rows.delete('track_plays', key);
  else tx.rows.write('track_plays', { ...key, plays });
  for (const artist_id of artistIds) {
    await tx.run(putArtistPlays, { vb: bucketOf(artist_id), artist_id, track_id: trackId, plays });
  }
}

import { bucketOf } from '../../../core/index.ts';
import { type Executor, prepared } from '../prepared.ts';

interface TrackKey {
  readonly vb: number;
  readonly track_id: number;
}

const playsOf = prepared<TrackKey, { plays: number }>((db, param) =>
  db
    .selectFrom('track_plays')
    .select('plays')
    .where('vb', '=', param('vb'))
    .where('track_id', '=', param('track_id')),
);
const putPlays = prepared<TrackKey & { readonly plays: number }, unknown>((db, param) =>
  db.replaceInto('track_plays').values({
    vb: param('vb'),
    track_id: param('track_id'),
    plays: param('plays'),
  }),
);
const deletePlays = prepared<TrackKey, unknown>((db, param) =>
  db.deleteFrom('track_plays').where('vb', '=', param('vb')).where('track_id', '=', param('track_id')),
);
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
  tx: Executor,
  trackId: number,
  by: number,
  artistIds: Iterable<number>,
): Promise<void> {
  if (by === 0) return;
  const key = { vb: bucketOf(trackId), track_id: trackId };
  const plays = ((await tx.first(playsOf, key))?.plays ?? 0) + by;
  await (plays === 0 ? tx.run(deletePlays, key) : tx.run(putPlays, { ...key, plays }));
  for (const artist_id of artistIds) {
    await tx.run(putArtistPlays, { vb: bucketOf(artist_id), artist_id, track_id: trackId, plays });
  }
}

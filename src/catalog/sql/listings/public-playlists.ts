import { type Executor, prepared } from '../prepared.ts';
import type { PublicPlaylistRow } from '../schema.ts';

/** The one bucket of the list, so that a client's start page asks one shard for it. */
export const PUBLIC_BUCKET = 0;

const putLine = prepared<PublicPlaylistRow, unknown>((db, param) =>
  db.replaceInto('public_playlist').values({ vb: param('vb'), playlist_id: param('playlist_id') }),
);
const deleteLine = prepared<PublicPlaylistRow, unknown>((db, param) =>
  db
    .deleteFrom('public_playlist')
    .where('vb', '=', param('vb'))
    .where('playlist_id', '=', param('playlist_id')),
);

export async function putPublicLine(tx: Executor, playlistId: number, isPublic: boolean): Promise<void> {
  await tx.run(isPublic ? putLine : deleteLine, { vb: PUBLIC_BUCKET, playlist_id: playlistId });
}

import { bucketOf, type TrackId, type UserId } from '../../core/index.ts';
import type { CatalogAnnotations, CatalogReader, PlayQueueView } from '../port.ts';
import { idsFromJson } from './credits.ts';
import type { Database } from './database.ts';
import { checkLength, living } from './playlists.ts';
import { rowStatements } from './row-statements.ts';

/** One saved queue a listener, as OpenSubsonic has it. Tracks that are no more are left out of it. */
export function playQueueStore(
  database: Database,
  now: () => number,
): Pick<CatalogReader, 'playQueue'> & Pick<CatalogAnnotations, 'savePlayQueue'> {
  return {
    async playQueue(viewer: UserId): Promise<PlayQueueView | undefined> {
      const key = { vb: bucketOf(viewer), user_id: viewer };
      const row = await database.first(rowStatements('play_queue').get, key);
      if (!row) return undefined;
      const saved = idsFromJson<TrackId>(row.track_ids);
      const trackIds = await living(database, saved);
      const savedAt = row.current_index ?? saved.findIndex((id) => id === row.current_track_id);
      const current = saved[savedAt];
      const alive = new Set(trackIds);
      return {
        trackIds,
        ...(current !== undefined &&
          alive.has(current) && {
            currentIndex: saved.slice(0, savedAt).filter((id) => alive.has(id)).length,
          }),
        positionMs: row.position_ms,
        changedAtMs: row.changed_at_ms,
        changedBy: row.changed_by,
      };
    },

    async savePlayQueue(user, queue) {
      checkLength(queue.trackIds);
      await database.transact((tx) =>
        tx.put('play_queue', {
          vb: bucketOf(user),
          user_id: user,
          track_ids: JSON.stringify(queue.trackIds),
          current_track_id: queue.trackIds[queue.currentIndex ?? -1] ?? null,
          current_index: queue.currentIndex ?? null,
          position_ms: queue.positionMs,
          changed_at_ms: now(),
          changed_by: queue.changedBy,
        }),
      );
    },
  };
}

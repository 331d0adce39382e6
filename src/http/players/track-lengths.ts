import type { CatalogReader } from '../../catalog/index.ts';
import { parseWireId, type TrackId, type UserId, wireId } from '../../core/index.ts';
import { bounds } from '../../playback/session/index.ts';

/** What sessions know of tracks besides their ids; those that are no more are left out. */
export async function trackLengths(
  catalog: Pick<CatalogReader, 'tracks'>,
  trackIds: readonly string[],
  userId: string,
): Promise<ReadonlyMap<string, number>> {
  const viewer = accountOf(userId);
  const ids = trackIds.flatMap((id) => trackOf(id) ?? []);
  const tracks = viewer === undefined ? [] : await catalog.tracks(ids, viewer);
  return new Map(
    tracks.map(({ id, durationMs }) => [wireId('tr', id), Math.min(durationMs, bounds.LONGEST_ITEM_MS)]),
  );
}

export function accountOf(userId: string): UserId | undefined {
  const parsed = parseWireId(userId);
  return parsed?.kind === 'us' ? parsed.id : undefined;
}

export function trackOf(trackId: string): TrackId | undefined {
  const parsed = parseWireId(trackId);
  return parsed?.kind === 'tr' ? parsed.id : undefined;
}

import type { CatalogReader } from '../../catalog/index.ts';
import { wireId } from '../../core/index.ts';
import { firstEntries } from '../../playback/players/index.ts';
import { bounds, type LogEntry, type SessionKey } from '../../playback/session/index.ts';
import { accountOf, trackLengths } from './track-lengths.ts';

/** The queue that an account saved before it had sessions: what its session begins with. */
export async function firstQueue(
  catalog: Pick<CatalogReader, 'playQueue' | 'tracks'>,
  { userId, sessionId }: SessionKey,
): Promise<readonly LogEntry[]> {
  const account = accountOf(userId);
  const saved = sessionId === 'main' && account !== undefined ? await catalog.playQueue(account) : undefined;
  if (!saved || saved.trackIds.length === 0) return [];
  const { trackIds, currentIndex = 0, positionMs, changedAtMs, changedBy } = saved;
  const ids = trackIds.map((id) => wireId('tr', id));
  const lengths = await trackLengths(catalog, [...new Set(ids)], userId);
  return firstEntries({
    items: ids
      .slice(0, bounds.MOST_ITEMS)
      .map((trackId) => ({ trackId, durationMs: lengths.get(trackId) ?? 0 })),
    currentIndex: Math.min(currentIndex, bounds.MOST_ITEMS - 1),
    positionMs: Math.min(positionMs, bounds.LONGEST_ITEM_MS),
    changedBy: changedBy.slice(0, 100),
    changedAtMs,
  });
}

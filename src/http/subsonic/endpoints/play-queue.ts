import type { CatalogAnnotations, CatalogReader } from '../../../catalog/index.ts';
import { ClefError, wireId } from '../../../core/index.ts';
import { type Call, documentEndpoint, type Endpoints } from '../endpoint.ts';
import { idParam, idParams, integerParam, textParam } from '../params.ts';
import { trackChild, type WireObject, wireDate } from '../wire/index.ts';

const MAX_POSITION_MS = 2 ** 40;

export function playQueueEndpoints(catalog: CatalogReader & CatalogAnnotations): Endpoints {
  async function getPlayQueue({ account }: Call): Promise<WireObject> {
    const queue = await catalog.playQueue(account.id);
    const tracks = queue ? await catalog.tracks([...new Set(queue.trackIds)], account.id) : [];
    const byId = new Map(tracks.map((track) => [track.id, track]));
    const entries = queue?.trackIds.flatMap((id) => byId.get(id) ?? []) ?? [];
    const current = queue?.trackIds[queue.currentIndex ?? -1];
    return {
      playQueue: {
        username: account.name,
        changed: wireDate(queue?.changedAtMs ?? account.createdAtMs),
        changedBy: queue?.changedBy ?? '',
        current: current !== undefined && byId.has(current) ? wireId('tr', current) : undefined,
        position: queue?.positionMs ?? 0,
        entry: entries.map(trackChild),
      },
    };
  }

  async function savePlayQueue({ account, clientName, params }: Call): Promise<WireObject> {
    const trackIds = idParams(params, 'id', 'tr');
    const current = textParam(params, 'current');
    const currentTrackId =
      current === undefined || current === '' ? undefined : idParam(params, 'current', 'tr');
    const currentIndex = trackIds.findIndex((id) => id === currentTrackId);
    if (currentTrackId !== undefined && currentIndex < 0) {
      throw new ClefError('bad-request', 'current must be one of the ids of the queue');
    }
    await catalog.savePlayQueue(account.id, {
      trackIds,
      positionMs: integerParam(params, 'position', { min: 0, max: MAX_POSITION_MS }) ?? 0,
      changedBy: clientName,
      ...(currentIndex >= 0 && { currentIndex }),
    });
    return {};
  }

  return {
    getPlayQueue: documentEndpoint(getPlayQueue),
    savePlayQueue: documentEndpoint(savePlayQueue),
  };
}

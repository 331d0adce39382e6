import type { CatalogReader, TrackView } from '../../../catalog/index.ts';
import { ClefError, wireId } from '../../../core/index.ts';
import type { Players } from '../../../playback/players/index.ts';
import { bounds } from '../../../playback/session/index.ts';
import { playerOf, trackOf } from '../../players/index.ts';
import { type Call, documentEndpoint, type Endpoints } from '../endpoint.ts';
import { idParam, idParams, integerParam, missing, textParam } from '../params.ts';
import { trackChild, type WireObject, wireDate } from '../wire/index.ts';

const MAX_POSITION_MS = 2 ** 40;

export interface PlayQueueDeps {
  readonly catalog: Pick<CatalogReader, 'tracks'>;
  readonly players: Players;
}

interface ReadQueue {
  readonly entries: readonly TrackView[];
  /** -1 without entries. */
  readonly currentIndex: number;
  readonly rest: WireObject;
}

export function playQueueEndpoints({ catalog, players }: PlayQueueDeps): Endpoints {
  async function read({ account, clientName }: Call): Promise<ReadQueue> {
    const queue = await players.queue(playerOf(account.id, clientName));
    const ids = queue.trackIds.flatMap((id) => trackOf(id) ?? []);
    const tracks = await catalog.tracks([...new Set(ids)], account.id);
    const byId = new Map(tracks.map((track) => [track.id, track]));
    const entries = ids.flatMap((id) => byId.get(id) ?? []);
    const before = ids.slice(0, Math.max(0, queue.currentIndex)).filter((id) => byId.has(id)).length;
    const current = ids[queue.currentIndex];
    return {
      entries,
      currentIndex: Math.min(before, entries.length - 1),
      rest: {
        username: account.name,
        changed: wireDate(queue.changedAtMs ?? account.createdAtMs),
        changedBy: queue.changedBy,
        // Of a track that is gone, the place means nothing.
        position: current !== undefined && byId.has(current) ? queue.positionMs : 0,
        entry: entries.map(trackChild),
      },
    };
  }

  async function getPlayQueue(call: Call): Promise<WireObject> {
    const { entries, currentIndex, rest } = await read(call);
    const current = entries[currentIndex];
    return { playQueue: { ...rest, current: current && wireId('tr', current.id) } };
  }

  async function getPlayQueueByIndex(call: Call): Promise<WireObject> {
    const { currentIndex, rest } = await read(call);
    return { playQueueByIndex: { ...rest, currentIndex: currentIndex < 0 ? undefined : currentIndex } };
  }

  /** A track without a place: the first of those that hold it, unless the session stands in another. */
  async function savePlayQueue(call: Call): Promise<WireObject> {
    const { params } = call;
    const trackIds = idParams(params, 'id', 'tr');
    const named = textParam(params, 'current');
    const current = named === undefined || named === '' ? undefined : idParam(params, 'current', 'tr');
    const currentIndex = trackIds.findIndex((id) => id === current);
    if (current !== undefined && currentIndex < 0)
      throw new ClefError('bad-request', 'current must be one of the ids of the queue');
    return save(call, { currentIndex: Math.max(0, currentIndex), isPlaceExact: false });
  }

  async function savePlayQueueByIndex(call: Call): Promise<WireObject> {
    const { params } = call;
    const { length } = idParams(params, 'id', 'tr');
    const currentIndex = integerParam(params, 'currentIndex', { min: -bounds.MOST_ITEMS, max: 2 ** 31 });
    if (currentIndex === undefined && length > 0) throw missing('currentIndex');
    // Of this very code, as the extension has it.
    if (currentIndex !== undefined && (currentIndex < 0 || currentIndex >= length))
      throw new ClefError(
        'missing-parameter',
        `currentIndex must name one of the ${length} tracks of the queue`,
      );
    return save(call, { currentIndex: currentIndex ?? 0, isPlaceExact: true });
  }

  async function save(
    { account, clientName, params }: Call,
    place: { readonly currentIndex: number; readonly isPlaceExact: boolean },
  ): Promise<WireObject> {
    const trackIds = idParams(params, 'id', 'tr').map((id) => wireId('tr', id));
    const positionMs = integerParam(params, 'position', { min: 0, max: MAX_POSITION_MS }) ?? 0;
    await players.saveQueue(playerOf(account.id, clientName), { trackIds, positionMs, ...place });
    return {};
  }

  return {
    getPlayQueue: documentEndpoint(getPlayQueue),
    getPlayQueueByIndex: documentEndpoint(getPlayQueueByIndex),
    savePlayQueue: documentEndpoint(savePlayQueue),
    savePlayQueueByIndex: documentEndpoint(savePlayQueueByIndex),
  };
}

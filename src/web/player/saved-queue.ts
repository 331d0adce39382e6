import { routes, type Track } from '../../api/index.ts';
import type { Call } from '../../api/index.ts';
import type { Player } from './player.ts';
import type { Queue } from './queue.ts';

const KEY = 'clef.queue';
const NAME_KEY = 'clef.queue.by';
/** As many ids as one answer gives tracks for, times a few: what is far behind is not saved. */
const MAX_SAVED = 2_000;
const IDS_PER_CALL = 1_000;
/** Between two writes here, and two calls to the server. */
const LOCAL_EVERY_MS = 2_000;
const REMOTE_EVERY_MS = 10_000;

interface SavedQueue {
  readonly trackIds: readonly string[];
  readonly currentIndex: number;
  readonly positionMs: number;
  readonly savedAtMs: number;
}

/** Undefined for what is no queue: it may be from another release. */
export function parseSavedQueue(stored: string | null): SavedQueue | undefined {
  try {
    const { trackIds, currentIndex, positionMs, savedAtMs } = JSON.parse(stored ?? '') as Record<
      string,
      unknown
    >;
    const isWhole =
      Array.isArray(trackIds) &&
      trackIds.every((id) => typeof id === 'string') &&
      [currentIndex, positionMs, savedAtMs].every((value) => typeof value === 'number' && value >= 0);
    return isWhole ? ({ trackIds, currentIndex, positionMs, savedAtMs } as unknown as SavedQueue) : undefined;
  } catch {
    return undefined;
  }
}

/** What is saved of a queue: its ids, as many as fit around the current one. */
export function toSaved({ items, currentIndex }: Queue, positionMs: number, savedAtMs: number): SavedQueue {
  const from = Math.max(0, Math.min(currentIndex - MAX_SAVED / 4, items.length - MAX_SAVED));
  return {
    trackIds: items.slice(from, from + MAX_SAVED).map(({ track }) => track.id),
    currentIndex: Math.max(0, currentIndex - from),
    positionMs: Math.max(0, Math.round(positionMs)),
    savedAtMs,
  };
}

export interface SavedQueueParts {
  readonly player: Player;
  readonly storage: Storage;
  readonly call: Call;
  readonly callWhileLeaving: Call;
  readonly now: () => number;
  readonly newId: () => string;
}

/**
 * The queue comes back where it was, here or on another device: whichever was changed last. What this browser itself
 * saved at the server is never newer than what it saved here, whatever the clocks say and however late it arrived.
 */
export async function restoreQueue({ player, storage, call }: SavedQueueParts): Promise<void> {
  const local = parseSavedQueue(storage.getItem(KEY));
  const remote = await call(routes.queue, {}).catch(() => undefined);
  if (player.state.queue.items.length > 0) return;
  const isNewer =
    !local || (remote?.changedBy !== nameOf(storage) && (remote?.changedAtMs ?? 0) > local.savedAtMs);
  if (remote && remote.tracks.length > 0 && isNewer) {
    player.restore(queueOf(remote.tracks, remote.currentIndex), remote.positionMs);
    return;
  }
  if (!local || local.trackIds.length === 0) return;
  const tracks = await tracksById(call, local.trackIds);
  if (tracks.length === 0 || player.state.queue.items.length > 0) return;
  const { currentIndex, isStill } = placeAmong(tracks, local);
  player.restore(queueOf(tracks, currentIndex), isStill ? local.positionMs : 0);
}

/** Of this browser, among those that save the queue: its tabs share what is saved here. */
function nameOf(storage: Storage): string | null {
  return storage.getItem(NAME_KEY);
}

function nameBrowser(storage: Storage, newId: () => string): string {
  const name = nameOf(storage) ?? `Clef ${newId()}`;
  storage.setItem(NAME_KEY, name);
  return name;
}

async function tracksById(call: Call, ids: readonly string[]): Promise<readonly Track[]> {
  const found: Track[] = [];
  for (let from = 0; from < ids.length; from += IDS_PER_CALL) {
    const { tracks } = await call(routes.tracksById, { body: { ids: ids.slice(from, from + IDS_PER_CALL) } });
    found.push(...tracks);
  }
  return found;
}

/** Tracks may be gone meanwhile; one that stands there twice is gone from both places, or from neither. */
export function placeAmong(
  tracks: readonly Track[],
  { trackIds, currentIndex }: Pick<SavedQueue, 'trackIds' | 'currentIndex'>,
): { readonly currentIndex: number; readonly isStill: boolean } {
  const alive = new Set<string>(tracks.map(({ id }) => id));
  const before = trackIds.slice(0, currentIndex).filter((id) => alive.has(id)).length;
  return {
    currentIndex: Math.min(before, tracks.length - 1),
    isStill: alive.has(trackIds[currentIndex] ?? ''),
  };
}

function queueOf(tracks: readonly Track[], currentIndex: number): Queue {
  return { items: tracks.map((track, index) => ({ itemId: `r${index}`, track })), currentIndex };
}

/**
 * Saves while it changes: here every few seconds, at the server less often, and both as the page goes away. A tab in
 * which nothing has changed since leaves what another one saved.
 */
export function keepQueue(parts: SavedQueueParts): void {
  const { player, storage, call, callWhileLeaving, now, newId } = parts;
  let savedHereMs = 0;
  let savedThereMs = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const isOn = () => player.state.status === 'playing' || player.state.status === 'waiting';

  function save(send: Call, isLast: boolean): void {
    const saved = toSaved(player.state.queue, player.positionMs(), now());
    savedHereMs = now();
    let changedBy: string | undefined;
    try {
      storage.setItem(KEY, JSON.stringify(saved));
      changedBy = nameBrowser(storage, newId);
    } catch {
      // A full storage costs the place in the song, nothing else.
    }
    if (!isLast && now() - savedThereMs < REMOTE_EVERY_MS) return;
    savedThereMs = now();
    const { trackIds, currentIndex, positionMs } = saved;
    const body = { trackIds: [...trackIds], currentIndex, positionMs, ...(changedBy && { changedBy }) };
    void send(routes.saveQueue, { body }).catch(() => undefined);
  }

  function saveSoon(): void {
    if (timer !== undefined || player.state.queue.items.length === 0) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        save(call, false);
        if (isOn()) saveSoon();
      },
      Math.max(0, savedHereMs + LOCAL_EVERY_MS - now()),
    );
  }

  player.subscribe(saveSoon);
  addEventListener('pagehide', () => {
    // A change that waits for its turn, or music.
    if (player.state.queue.items.length > 0 && (timer !== undefined || isOn())) save(callWhileLeaving, true);
  });
}

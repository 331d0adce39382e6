import { migrateState, type PlaybackState } from '../../playback/session/index.ts';
import type { Shelf } from './instance.ts';

/** Of a longer queue the shelf holds what is around the current item: the rest comes with the first answer. */
const MOST_ITEMS_KEPT = 2_000;

export interface KeptState {
  readonly state: PlaybackState;
  /** Log time less the device's time of day, as it was then. */
  readonly offsetMs: number;
}

/** What was told last, for a page that opens without a server, or before it answers. */
export function keepState(shelf: Shelf, key: string, { state, offsetMs }: KeptState): void {
  const { items, currentIndex } = state.queue;
  const from = Math.max(0, Math.min(currentIndex - MOST_ITEMS_KEPT / 4, items.length - MOST_ITEMS_KEPT));
  const kept = items.slice(from, from + MOST_ITEMS_KEPT);
  const isWhole = kept.length === items.length;
  const queue = {
    ...state.queue,
    items: kept,
    currentIndex: currentIndex < 0 ? -1 : currentIndex - from,
    // No patch fits a part.
    ...(!isWhole && { version: -1 }),
  };
  try {
    shelf.setItem(key, JSON.stringify({ state: { ...state, queue }, offsetMs }));
  } catch {
    // A full storage costs a page that shows its queue at once.
  }
}

/** Undefined where there is none, or where another release wrote it. */
export function keptState(shelf: Shelf, key: string): KeptState | undefined {
  try {
    const written = shelf.getItem(key);
    if (written === null) return undefined;
    const { state, offsetMs } = JSON.parse(written) as Record<string, unknown>;
    return { state: migrateState(state), offsetMs: typeof offsetMs === 'number' ? offsetMs : 0 };
  } catch {
    return undefined;
  }
}

import type { EngineItem, Pace } from '../port.ts';

/** A queue, as far as it says what sounds when. */
export interface Sequence {
  item(itemId: string): EngineItem | undefined;
  /** What comes by itself after an item. */
  follower(item: EngineItem): EngineItem | undefined;
  /** How long two items sound together that follow each other. */
  fadeMs(item: EngineItem, follower: EngineItem): number;
}

/** How much of an item sounds before the one that follows begins. */
function soundingMs(item: EngineItem, sequence: Sequence): number {
  const follower = sequence.follower(item);
  return item.durationMs - (follower ? sequence.fadeMs(item, follower) : 0);
}

export interface Place {
  readonly item: EngineItem;
  readonly positionMs: number;
}

/** A pace may be older than the items that it runs through. */
const MOST_ITEMS = 1_000;

/** What is to be heard at a time of `performance.now()`; undefined where the item is unknown, or everything is over. */
export function placeAt(pace: Pace, timeMs: number, sequence: Sequence): Place | undefined {
  const { positionMs: fromMs, atMs, playing, rate, clockRate } = pace;
  let positionMs = playing ? fromMs + Math.max(0, timeMs - atMs) * rate * clockRate : fromMs;
  let item = sequence.item(pace.itemId);
  for (let i = 0; item && i < MOST_ITEMS; i++) {
    const lengthMs = soundingMs(item, sequence);
    if (!playing || positionMs < lengthMs) return { item, positionMs };
    positionMs -= lengthMs;
    item = sequence.follower(item);
  }
  return undefined;
}

/**
 * How far ahead of a place an item is that is heard at a position: also where one of them is past a border between two items
 * that the other has not reached. Undefined where they are further apart.
 */
export function aheadMs(heard: Place, wanted: Place, sequence: Sequence): number | undefined {
  const betweenMs = heard.positionMs - wanted.positionMs;
  const distances: number[] = [];
  if (heard.item.itemId === wanted.item.itemId) distances.push(betweenMs);
  if (sequence.follower(heard.item)?.itemId === wanted.item.itemId)
    distances.push(betweenMs - soundingMs(heard.item, sequence));
  if (sequence.follower(wanted.item)?.itemId === heard.item.itemId)
    distances.push(betweenMs + soundingMs(wanted.item, sequence));
  return distances.sort((a, b) => Math.abs(a) - Math.abs(b))[0];
}

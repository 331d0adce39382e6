import type { EngineItem, RepeatMode } from './port.ts';

export interface Queue {
  readonly items: readonly EngineItem[];
  /** -1 without a current item. */
  readonly currentIndex: number;
  readonly repeat: RepeatMode;
}

/** Beyond this, "previous" means the start of the same item. */
const RESTART_AFTER_MS = 3_000;

/** What follows by itself when the current item is over. */
export function followingIndex({ items, currentIndex, repeat }: Queue): number | undefined {
  if (currentIndex < 0 || items.length === 0) return undefined;
  if (repeat === 'one') return currentIndex;
  return neighbour(items.length, currentIndex + 1, repeat);
}

/** Where "next" goes: a person who asks for it wants another item, also where one is repeated. */
export function nextIndex({ items, currentIndex, repeat }: Queue): number | undefined {
  return neighbour(items.length, currentIndex + 1, repeat);
}

/** Where "previous" goes; the current index means the item's start. */
export function previousIndex({ items, currentIndex, repeat }: Queue, positionMs: number): number {
  if (positionMs > RESTART_AFTER_MS) return currentIndex;
  return neighbour(items.length, currentIndex - 1, repeat) ?? currentIndex;
}

function neighbour(count: number, index: number, repeat: RepeatMode): number | undefined {
  if (index >= 0 && index < count) return index;
  return repeat === 'off' || count === 0 ? undefined : (index + count) % count;
}

/**
 * Exchanges everything around the current item. One that is not among the new items stays, behind those that came
 * before it, until it is over or someone skips it: an edit never changes what sounds now.
 */
export function editItems(queue: Queue, items: readonly EngineItem[]): Queue {
  const current = queue.items[queue.currentIndex];
  if (!current) return { ...queue, items, currentIndex: -1 };
  const found = items.findIndex(({ itemId }) => itemId === current.itemId);
  if (found >= 0) return { ...queue, items, currentIndex: found };
  const before = new Set(queue.items.slice(0, queue.currentIndex).map(({ itemId }) => itemId));
  const at = items.findLastIndex(({ itemId }) => before.has(itemId)) + 1;
  return { ...queue, items: items.toSpliced(at, 0, current), currentIndex: at };
}

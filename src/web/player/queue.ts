import type { Track } from '../../api/index.ts';

/** A place in the queue; one track may stand in it more than once. */
export interface QueueItem {
  readonly itemId: string;
  readonly track: Track;
}

/** `unshuffled` is the order to go back to while the queue is shuffled. */
export interface Queue {
  readonly items: readonly QueueItem[];
  /** -1 without a current item. */
  readonly currentIndex: number;
  readonly unshuffled?: readonly QueueItem[];
}

export const emptyQueue: Queue = { items: [], currentIndex: -1 };

/** Both ends of what a queue may hold: as many as the server keeps. */
export const MAX_QUEUE = 20_000;

export function currentItem({ items, currentIndex }: Queue): QueueItem | undefined {
  return items[currentIndex];
}

/** Puts items behind the current one, or where nothing plays yet, at the front. */
export function insertNext(queue: Queue, added: readonly QueueItem[]): Queue {
  const at = queue.currentIndex + 1;
  return withItems(queue, queue.items.toSpliced(at, 0, ...added), added);
}

export function append(queue: Queue, added: readonly QueueItem[]): Queue {
  return withItems(queue, [...queue.items, ...added], added);
}

export function remove(queue: Queue, itemIds: ReadonlySet<string>): Queue {
  const items = queue.items.filter(({ itemId }) => !itemIds.has(itemId));
  return withItems(queue, items);
}

/** Moves items, in the order that they have, to before `beforeId`, or to the end. */
export function move(queue: Queue, itemIds: ReadonlySet<string>, beforeId: string | undefined): Queue {
  const moved = queue.items.filter(({ itemId }) => itemIds.has(itemId));
  // What is moved to before itself goes to before the next that stays.
  const target = queue.items.findIndex(({ itemId }) => itemId === beforeId);
  const anchor =
    target === -1 ? undefined : queue.items.slice(target).find(({ itemId }) => !itemIds.has(itemId));
  const rest = queue.items.filter(({ itemId }) => !itemIds.has(itemId));
  const at = anchor ? rest.indexOf(anchor) : rest.length;
  return withItems(queue, rest.toSpliced(at, 0, ...moved));
}

/** The current item first, the others by chance; `random` answers from 0 to below 1. */
export function shuffle(queue: Queue, random: () => number): Queue {
  if (queue.unshuffled) return queue;
  const current = currentItem(queue);
  const others = queue.items.filter((item) => item !== current);
  // Fisher-Yates.
  for (let i = others.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const [a, b] = [others[i], others[j]];
    if (a && b) [others[i], others[j]] = [b, a];
  }
  return {
    items: current ? [current, ...others] : others,
    currentIndex: current ? 0 : -1,
    unshuffled: queue.items,
  };
}

/** Back to the order from before; what came later stays behind it. */
export function unshuffle(queue: Queue): Queue {
  if (!queue.unshuffled) return queue;
  const held = new Set(queue.items);
  const known = new Set(queue.unshuffled);
  const items = [
    ...queue.unshuffled.filter((item) => held.has(item)),
    ...queue.items.filter((item) => !known.has(item)),
  ];
  const current = currentItem(queue);
  return { items, currentIndex: current ? items.indexOf(current) : -1 };
}

/** Exchanges the items and stays at the current one; without it, at whatever took its place. */
function withItems(queue: Queue, items: readonly QueueItem[], added: readonly QueueItem[] = []): Queue {
  const bounded = items.slice(0, MAX_QUEUE);
  const current = currentItem(queue);
  const index = current ? bounded.indexOf(current) : -1;
  const currentIndex = index >= 0 ? index : Math.min(queue.currentIndex, bounded.length - 1);
  return {
    items: bounded,
    currentIndex,
    ...(queue.unshuffled && { unshuffled: [...queue.unshuffled, ...added] }),
  };
}

import { seededRandom } from './random.ts';
import { currentItem, type Queue, type QueueItem } from './state.ts';

/** Puts items behind the one at `index`; behind -1 is the front. */
export function insertBehind(queue: Queue, index: number, added: readonly QueueItem[]): Queue {
  return withItems(queue, queue.items.toSpliced(index + 1, 0, ...added), added);
}

/** Without the current item, `currentIndex` is that of the one which came after it, or -1 where none did. */
export function remove(queue: Queue, itemIds: ReadonlySet<string>): Queue {
  const stays = ({ itemId }: QueueItem) => !itemIds.has(itemId);
  const heir = queue.items.slice(Math.max(0, queue.currentIndex)).find(stays);
  const left = withItems(queue, queue.items.filter(stays));
  const { unshuffled, ...rest } = left;
  return {
    ...rest,
    currentIndex: heir ? left.items.indexOf(heir) : -1,
    ...(unshuffled && { unshuffled: unshuffled.filter((itemId) => !itemIds.has(itemId)) }),
  };
}

/** Moves items, in the order that they have, to before `beforeId`, or to the end. */
export function move(queue: Queue, itemIds: ReadonlySet<string>, beforeId: string | undefined): Queue {
  const moved = queue.items.filter(({ itemId }) => itemIds.has(itemId));
  const rest = queue.items.filter(({ itemId }) => !itemIds.has(itemId));
  // What is moved to before itself goes to before the next that stays.
  const target = queue.items.findIndex(({ itemId }) => itemId === beforeId);
  const anchor =
    target < 0 ? undefined : queue.items.slice(target).find(({ itemId }) => !itemIds.has(itemId));
  const at = anchor ? rest.indexOf(anchor) : rest.length;
  return withItems(queue, rest.toSpliced(at, 0, ...moved));
}

/** The current item first, the others by chance. */
export function shuffle(queue: Queue, seed: number): Queue {
  if (queue.unshuffled) return queue;
  const random = seededRandom(seed);
  const current = currentItem(queue);
  const others = queue.items.filter((item) => item !== current);
  // Fisher-Yates.
  for (let i = others.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const [a, b] = [others[i], others[j]];
    if (a && b) [others[i], others[j]] = [b, a];
  }
  return {
    ...withItems(queue, current ? [current, ...others] : others),
    unshuffled: queue.items.map(({ itemId }) => itemId),
  };
}

/** Back to the order from before; what came later stays behind it. */
export function unshuffle(queue: Queue): Queue {
  const { unshuffled, ...rest } = queue;
  if (!unshuffled) return queue;
  const order = new Map(unshuffled.map((itemId, index) => [itemId, index]));
  const rank = ({ itemId }: QueueItem) => order.get(itemId) ?? unshuffled.length;
  return withItems(
    rest,
    queue.items.toSorted((a, b) => rank(a) - rank(b)),
  );
}

/** Another length of an item. */
export function measure(queue: Queue, index: number, durationMs: number): Queue {
  const item = queue.items[index];
  if (!item || item.durationMs === durationMs) return queue;
  return { ...queue, version: queue.version + 1, items: queue.items.with(index, { ...item, durationMs }) };
}

/** Exchanges the items and stays at the current one. The first of a queue that was empty becomes it. */
function withItems(queue: Queue, items: readonly QueueItem[], added: readonly QueueItem[] = []): Queue {
  const current = currentItem(queue);
  return {
    ...queue,
    version: queue.version + 1,
    items,
    currentIndex: current ? items.indexOf(current) : Math.min(0, items.length - 1),
    ...(queue.unshuffled && { unshuffled: [...queue.unshuffled, ...added.map(({ itemId }) => itemId)] }),
  };
}

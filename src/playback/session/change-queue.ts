import { MOST_ITEMS } from './bounds.ts';
import { begin, type Change, type Moment, place } from './change.ts';
import type { Action, NewItem } from './command.ts';
import { staying } from './motion.ts';
import { insertBehind, measure, move, remove, shuffle, unshuffle } from './queue.ts';
import { currentItem, type PlaybackState, type Queue, type QueueItem } from './state.ts';

type QueueAction = Extract<Action, { readonly type: `queue.${string}` }>;

export function changeQueue(state: PlaybackState, action: QueueAction, moment: Moment): Change {
  const { queue } = state;
  switch (action.type) {
    case 'queue.replace':
      return replace(state, action, moment);
    case 'queue.insert':
      return insert(state, action, moment);
    case 'queue.move': {
      const known = knownOf(queue, action.itemIds);
      const hasAnchor = action.before === undefined || indexOf(queue, action.before) >= 0;
      if (known.size === 0 || !hasAnchor) return 'unknown-item';
      return { ...state, queue: move(queue, known, action.before) };
    }
    case 'queue.remove':
      return removeItems(state, knownOf(queue, action.itemIds), moment);
    case 'queue.shuffle':
      return { ...state, queue: shuffle(queue, action.seed) };
    case 'queue.unshuffle':
      return { ...state, queue: unshuffle(queue) };
    case 'queue.repeat':
      return { ...state, queue: { ...queue, repeat: action.mode } };
    default: {
      const index = indexOf(queue, action.itemId);
      return index < 0 ? 'unknown-item' : { ...state, queue: measure(queue, index, action.durationMs) };
    }
  }
}

export function indexOf({ items }: Queue, itemId: string): number {
  return items.findIndex((item) => item.itemId === itemId);
}

/** Everyone who folds a command gives its items the same ids. */
export function itemsOf(cmdId: string, items: readonly NewItem[]): readonly QueueItem[] {
  return items.map(({ trackId, durationMs }, index) => ({
    itemId: `${cmdId}-${index}`,
    trackId,
    durationMs,
  }));
}

function knownOf({ items }: Queue, itemIds: readonly string[]): ReadonlySet<string> {
  return new Set(itemIds).intersection(new Set(items.map(({ itemId }) => itemId)));
}

function replace(
  state: PlaybackState,
  { items, startIndex, positionMs, play, shuffleSeed }: Extract<Action, { type: 'queue.replace' }>,
  moment: Moment,
): Change {
  if (startIndex >= Math.max(1, items.length)) return 'out-of-bounds';
  if (play && items.length === 0) return 'nothing-to-play';
  if (play && staying(state.outputs).length === 0) return 'no-output';
  const { repeat, version } = state.queue;
  const added = itemsOf(moment.cmdId, items);
  const plain: Queue = {
    version: version + 1,
    items: added,
    currentIndex: items.length === 0 ? -1 : startIndex,
    repeat,
  };
  const queue = shuffleSeed === undefined ? plain : { ...shuffle(plain, shuffleSeed), version: version + 1 };
  return place({ ...state, queue }, positionMs, play, moment);
}

function insert(
  state: PlaybackState,
  { items, after }: Extract<Action, { type: 'queue.insert' }>,
  { cmdId }: Moment,
): Change {
  const { queue } = state;
  if (queue.items.length + items.length > MOST_ITEMS) return 'queue-full';
  const index = behind(queue, after);
  if (index === undefined) return 'unknown-item';
  return { ...state, queue: insertBehind(queue, index, itemsOf(cmdId, items)) };
}

function behind(queue: Queue, after: string): number | undefined {
  if (after === 'current') return queue.currentIndex;
  if (after === 'end') return queue.items.length - 1;
  if (after === 'start') return -1;
  const index = indexOf(queue, after);
  return index < 0 ? undefined : index;
}

/** Where the current item goes, the one behind it begins; where none does, the queue is over. */
function removeItems(state: PlaybackState, itemIds: ReadonlySet<string>, moment: Moment): Change {
  if (itemIds.size === 0) return 'unknown-item';
  const before = currentItem(state.queue);
  const queue = remove(state.queue, itemIds);
  if (before && !itemIds.has(before.itemId)) return { ...state, queue };
  if (queue.currentIndex >= 0) return begin({ ...state, queue }, moment);
  const over = { ...state, queue: { ...queue, currentIndex: Math.min(0, queue.items.length - 1) } };
  return place(over, 0, false, moment);
}

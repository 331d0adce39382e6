import { type Action, bounds, type NewItem, type PlaybackState, positionAt } from '../session/index.ts';

/** How a session's queue is to be, and where in it the main deck stands. */
export interface QueueWish {
  readonly items: readonly NewItem[];
  readonly currentIndex: number;
  readonly isPlaceExact: boolean;
  readonly positionMs: number;
}

/** What plays is somewhere else by the time that it is told: less than this is no other place. */
const SAME_PLACE_MS = 1_000;

/**
 * The next command on the way from a state to a wish; undefined once it is there. To be asked again after each command,
 * of the state that it led to: so a long queue comes in pieces, and whoever interferes is reckoned with.
 */
export function stepToQueue(state: PlaybackState, wish: QueueWish): Action | undefined {
  const { items, positionMs } = wish;
  const { queue, main } = state;
  const stages = stagesOf(items.length, wish.currentIndex);
  const reached = stages.findLastIndex(({ from, to }) => isSame(state, items.slice(from, to)));
  const [first = { from: 0, to: 0 }] = stages;
  if (reached < 0)
    return {
      type: 'queue.replace',
      items: plain(items.slice(first.from, first.to)),
      startIndex: items.length === 0 ? 0 : wish.currentIndex - first.from,
      positionMs,
      play: main.playing && items.length > 0,
    };
  const [at, next] = [stages[reached] ?? first, stages[reached + 1]];
  if (next && next.from < at.from)
    return { type: 'queue.insert', items: plain(items.slice(next.from, at.from)), after: 'start' };
  if (next) return { type: 'queue.insert', items: plain(items.slice(at.to, next.to)), after: 'end' };
  const current = queue.items[queue.currentIndex];
  const isMeant = !wish.isPlaceExact && current?.trackId === items[wish.currentIndex]?.trackId;
  const item = isMeant ? current : queue.items[wish.currentIndex];
  if (!item || isAt(state, item.itemId, positionMs)) return undefined;
  return { type: 'seek', itemId: item.itemId, positionMs };
}

export function isNear({ queue, main, atMs }: PlaybackState, itemId: string, positionMs: number): boolean {
  const isIt = queue.items[queue.currentIndex]?.itemId === itemId;
  return isIt && Math.abs(positionAt(main, atMs) - positionMs) <= SAME_PLACE_MS;
}

/** What stands still is exactly where it was told to be. */
export function isAt(state: PlaybackState, itemId: string, positionMs: number): boolean {
  const { main } = state;
  return isNear(state, itemId, positionMs) && (main.playing || main.positionMs === positionMs);
}

/** Of items of another queue, what makes items of this one. */
export function plain(items: readonly NewItem[]): NewItem[] {
  return items.map(({ trackId, durationMs }) => ({ trackId, durationMs }));
}

/** Stretches of a queue that grow to all of it, the first around its current item, none by more than a command may bring. */
function stagesOf(
  length: number,
  currentIndex: number,
): readonly { readonly from: number; readonly to: number }[] {
  const most = bounds.MOST_ITEMS_A_COMMAND;
  let from = Math.floor(currentIndex / most) * most;
  let to = Math.min(length, from + most);
  const stages = [{ from, to }];
  while (to < length) {
    to = Math.min(length, to + most);
    stages.push({ from, to });
  }
  while (from > 0) {
    from -= most;
    stages.push({ from, to });
  }
  return stages;
}

function isSame({ queue }: PlaybackState, items: readonly NewItem[]): boolean {
  return (
    queue.items.length === items.length &&
    queue.items.every(({ trackId }, index) => trackId === items[index]?.trackId)
  );
}

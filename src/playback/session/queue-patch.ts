import type { Queue, QueueItem } from './state.ts';

/** One stretch of a queue, exchanged: whoever has version `from` comes to version `to`. From nothing, it is all of it. */
export interface QueuePatch {
  readonly from?: number;
  readonly to: number;
  readonly at: number;
  readonly removed: number;
  readonly items: readonly QueueItem[];
}

/** Undefined where the items are the same. Without `before` it is the whole queue. */
export function patchBetween(before: Queue | undefined, after: Queue): QueuePatch | undefined {
  if (!before) return { to: after.version, at: 0, removed: 0, items: after.items };
  if (before.version === after.version) return undefined;
  const most = Math.min(before.items.length, after.items.length);
  let at = 0;
  while (at < most && isSame(before.items[at], after.items[at])) at++;
  let kept = 0;
  while (kept < most - at && isSame(before.items.at(-1 - kept), after.items.at(-1 - kept))) kept++;
  return {
    from: before.version,
    to: after.version,
    at,
    removed: before.items.length - at - kept,
    items: after.items.slice(at, after.items.length - kept),
  };
}

/** Undefined where the patch is for another version: the whole queue is then to be asked for. */
export function patched(
  { version, items }: Pick<Queue, 'version' | 'items'>,
  patch: QueuePatch,
): readonly QueueItem[] | undefined {
  if (patch.from === undefined) return patch.items;
  if (patch.from !== version || patch.at + patch.removed > items.length) return undefined;
  return items.toSpliced(patch.at, patch.removed, ...patch.items);
}

function isSame(one: QueueItem | undefined, other: QueueItem | undefined): boolean {
  return one === other || (one?.itemId === other?.itemId && one?.durationMs === other?.durationMs);
}

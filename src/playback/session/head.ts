import { patched, type QueuePatch } from './queue-patch.ts';
import type { Deed, PlaybackState, Queue } from './state.ts';

/** A state without what is long: what every device is told after each record. */
export interface SessionHead extends Omit<PlaybackState, 'queue' | 'seen' | 'deeds'> {
  readonly queue: Omit<Queue, 'items' | 'unshuffled'> & { readonly isShuffled: boolean };
  /** Those since the head before; all that are known in the first one. */
  readonly deeds: readonly Deed[];
}

/** `afterSeq`: deeds up to it were told before. */
export function headOf(state: PlaybackState, afterSeq: number): SessionHead {
  const { queue, seen: _, deeds, ...rest } = state;
  const { items: __, unshuffled, ...short } = queue;
  return {
    ...rest,
    queue: { ...short, isShuffled: unshuffled !== undefined },
    deeds: deeds.filter(({ seq }) => seq > afterSeq),
  };
}

const MOST_DEEDS_SHOWN = 50;

/**
 * The state that a device has after a head, over the one that it had before. It can be folded further, but for a queue's
 * order from before it was shuffled. Undefined where the queue's patch is for another version: the device asks for everything.
 */
export function stateOf(
  head: SessionHead,
  patch: QueuePatch | undefined,
  before: PlaybackState | undefined,
): PlaybackState | undefined {
  const had = before?.queue ?? { version: -1, items: [] };
  const items = patch ? patched(had, patch) : had.version === head.queue.version ? had.items : undefined;
  if (!items) return undefined;
  const { isShuffled: _, ...queue } = head.queue;
  // The first head of a connection has some that were told before.
  const since = head.deeds[0]?.seq ?? Number.POSITIVE_INFINITY;
  const known = (before?.deeds ?? []).filter(({ seq }) => seq < since);
  const deeds = [...known, ...head.deeds].slice(-MOST_DEEDS_SHOWN);
  return { ...head, queue: { ...queue, items }, deeds, seen: [] };
}

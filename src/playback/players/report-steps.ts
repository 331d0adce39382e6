import {
  type Action,
  bounds,
  type NewItem,
  type NewOutput,
  type PlaybackState,
  type Queue,
  type QueueItem,
  staying,
} from '../session/index.ts';
import { isAt, isNear, plain } from './queue-steps.ts';

/** What a player told, at a log time. */
export interface Told {
  readonly track: NewItem;
  readonly positionMs: number;
  readonly rate: number;
  readonly atMs: number;
}

/** As close to an end as a player is believed to be while it plays: a log that goes on by itself is not called back at once. */
const BEFORE_END_MS = 1_000;

/**
 * The next command on the way to a session in which this output sounds, where it says that it is; undefined once that is
 * so. Alone, it is the one that sets the time. Others that sound with it follow it, since it follows nobody.
 */
export function stepToPlaying(state: PlaybackState, output: NewOutput, told: Told): Action | undefined {
  const { queue, main, outputs, atMs } = state;
  const item = itemOf(queue, told.track.trackId);
  if (!item) return bring(queue, told.track);
  const mostMs = Math.max(0, item.durationMs - BEFORE_END_MS);
  const positionMs = Math.min(mostMs, told.positionMs + Math.max(0, atMs - told.atMs) * told.rate);
  const place = { itemId: item.itemId, positionMs, atMs };
  const own = staying(outputs).find(({ outputId }) => outputId === output.outputId);
  if (!own) return { type: 'handover', output, resume: place };
  if (main.rate !== told.rate) return { type: 'rate', rate: told.rate };
  const isAlone = staying(outputs).length === 1;
  // Joining anew is the one command that both moves the main deck and starts it.
  if (isAlone && !main.playing) return { type: 'output.add', output, resume: place };
  if (!isNear(state, item.itemId, positionMs))
    return isAlone
      ? { type: 'anchor', epoch: own.epoch, place }
      : { type: 'seek', itemId: item.itemId, positionMs };
  return main.playing ? undefined : { type: 'play' };
}

/** The same for a session in which it is silent, and, unless it `stays`, no output any more. */
export function stepToStill(
  state: PlaybackState,
  { outputId, stays }: { readonly outputId: string; readonly stays: boolean },
  told: Pick<Told, 'track' | 'positionMs'> | undefined,
): Action | undefined {
  const { queue, main, outputs } = state;
  const isOutput = staying(outputs).some((output) => output.outputId === outputId);
  // Others sound here, and it has no part in that.
  if (main.playing && !isOutput) return undefined;
  if (main.playing) return { type: 'pause' };
  const item = told && itemOf(queue, told.track.trackId);
  if (told && !item) return bring(queue, told.track);
  const positionMs = Math.min(told?.positionMs ?? 0, item?.durationMs ?? 0);
  if (item && !isAt(state, item.itemId, positionMs)) return { type: 'seek', itemId: item.itemId, positionMs };
  return isOutput && !stays ? { type: 'output.remove', outputId } : undefined;
}

/** Where a track stands in a queue: now, or as soon as possible from here, or nearest behind. */
export function itemOf({ items, currentIndex }: Queue, trackId: string): QueueItem | undefined {
  const isIt = (item: QueueItem) => item.trackId === trackId;
  return (
    items.slice(Math.max(0, currentIndex)).find(isIt) ??
    items.slice(0, Math.max(0, currentIndex)).findLast(isIt)
  );
}

/** What is played in between leaves the queue as it was around it. */
function bring({ items }: Queue, track: NewItem): Action {
  if (items.length < bounds.MOST_ITEMS)
    return { type: 'queue.insert', items: plain([track]), after: 'current' };
  return { type: 'queue.replace', items: plain([track]), startIndex: 0, positionMs: 0, play: false };
}

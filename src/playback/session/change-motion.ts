import { ANCHOR_REACH_MS, RESTART_AFTER_MS } from './bounds.ts';
import { begin, type Change, type Moment, place, retold } from './change.ts';
import { indexOf } from './change-queue.ts';
import type { Action, Place } from './command.ts';
import { isHeard, positionAt, staying, stop } from './motion.ts';
import { currentItem, type PlaybackState, type Queue } from './state.ts';

type MotionType = 'play' | 'pause' | 'seek' | 'next' | 'previous' | 'jump' | 'rate' | 'crossfade' | 'anchor';
export type MotionAction = Extract<Action, { readonly type: MotionType }>;

/** Of the main deck. */
export function changeMotion(state: PlaybackState, action: MotionAction, moment: Moment): Change {
  const { queue, main } = state;
  const { atMs, seq } = moment;
  switch (action.type) {
    case 'play':
      if (main.playing) return state;
      return start(state, positionAt(main, atMs), moment);
    case 'pause':
      return { ...state, main: stop(main, atMs), mainSeq: seq };
    case 'seek': {
      if (!currentItem(queue)) return 'nothing-to-play';
      const index = action.itemId === undefined ? queue.currentIndex : indexOf(queue, action.itemId);
      return index < 0 ? 'unknown-item' : place(at(state, index), action.positionMs, main.playing, moment);
    }
    case 'next': {
      const index = neighbour(queue, queue.currentIndex + 1);
      return index === undefined ? 'at-end' : begin(at(state, index), moment);
    }
    case 'previous': {
      const isNew = positionAt(main, atMs) <= RESTART_AFTER_MS;
      const index = isNew ? neighbour(queue, queue.currentIndex - 1) : undefined;
      return currentItem(queue) ? begin(at(state, index ?? queue.currentIndex), moment) : 'nothing-to-play';
    }
    case 'jump': {
      const index = indexOf(queue, action.itemId);
      return index < 0 ? 'unknown-item' : start(at(state, index), 0, moment);
    }
    case 'rate': {
      const decks = state.decks.map((deck) => ({ ...deck, motion: retold(deck.motion, atMs) }));
      return { ...state, main: { ...retold(main, atMs), rate: action.rate }, decks, mainSeq: seq };
    }
    case 'crossfade':
      return { ...state, crossfadeMs: action.durationMs };
    default:
      return anchor(state, action, moment);
  }
}

function start(state: PlaybackState, positionMs: number, moment: Moment): Change {
  if (!currentItem(state.queue)) return 'nothing-to-play';
  if (staying(state.outputs).length === 0) return 'no-output';
  return place(state, positionMs, true, moment);
}

function at(state: PlaybackState, currentIndex: number): PlaybackState {
  return { ...state, queue: { ...state.queue, currentIndex } };
}

function neighbour({ items, repeat }: Queue, index: number): number | undefined {
  if (index >= 0 && index < items.length) return index;
  return repeat === 'all' && items.length > 0 ? (index + items.length) % items.length : undefined;
}

function anchor(
  state: PlaybackState,
  { epoch, place: heard }: Extract<Action, { type: 'anchor' }>,
  moment: Moment,
): Change {
  const own = state.outputs.find(({ outputId }) => outputId === moment.instanceId);
  if (!own) return 'unknown-output';
  if (own.epoch !== epoch) return 'stale-output';
  // After a change of clocks nobody knows the time, until the first of a group says where it is.
  const isUnknown = state.mainSeq < state.clockSeq;
  const others = state.outputs.filter((output) => output !== own && isHeard(output, moment.atMs));
  if (others.length > 0 && !isUnknown) return 'not-alone';
  return heardAt(state, heard, moment);
}

/** The main deck where an output heard it. */
export function heardAt(state: PlaybackState, { itemId, positionMs, atMs }: Place, moment: Moment): Change {
  const index = indexOf(state.queue, itemId);
  if (index < 0) return 'unknown-item';
  if (atMs < moment.atMs - ANCHOR_REACH_MS || atMs > moment.atMs) return 'out-of-bounds';
  const main = { ...state.main, positionMs, atMs };
  return { ...at(state, index), main, mainSeq: moment.seq };
}

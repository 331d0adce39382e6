import { FAREWELL_MS, MOST_BETWEEN_CLOCKS_MS } from './bounds.ts';
import type { LogRecord } from './command.ts';
import { type Motion, type Output, type PlaybackState, type Queue, type SideDeck } from './state.ts';

/** An item without a length would never be over, or always. */
const SHORTEST_ITEM_MS = 1;

/** Where a deck is at a log time, were its track without an end. */
export function positionAt({ positionMs, atMs, playing, rate }: Motion, timeMs: number): number {
  return playing ? positionMs + Math.max(0, timeMs - atMs) * rate : positionMs;
}

/** How long two items sound together: what was asked for, but no more than half of either. */
export function crossfadeOf(crossfadeMs: number, leavingMs: number, comingMs: number): number {
  return Math.max(0, Math.min(crossfadeMs, leavingMs / 2, comingMs / 2));
}

/** What follows by itself when an item is over. */
export function followingIndex({ items, repeat }: Queue, index: number): number | undefined {
  if (repeat === 'one') return index;
  if (index + 1 < items.length) return index + 1;
  return repeat === 'all' && items.length > 0 ? 0 : undefined;
}

/** How much of an item sounds before the one that follows it begins. */
function soundingMs({ queue, crossfadeMs }: PlaybackState, index: number): number {
  const lengthMs = queue.items[index]?.durationMs ?? 0;
  const following = followingIndex(queue, index);
  const comingMs = following === undefined ? 0 : (queue.items[following]?.durationMs ?? 0);
  return Math.max(SHORTEST_ITEM_MS, lengthMs - crossfadeOf(crossfadeMs, lengthMs, comingMs));
}

/** Where a deck has come: to a place of an item, or to the end of one behind which it stops, `positionMs` ago. */
interface Walk {
  readonly index: number;
  readonly positionMs: number;
  readonly stops?: boolean;
}

/** From `positionMs` of the current item on, which lie before or behind its end. */
function walk(state: PlaybackState, fromMs: number): Walk {
  const { queue, sleep } = state;
  const lastItem = sleep?.kind === 'item-end' ? sleep.itemId : undefined;
  let index = queue.currentIndex;
  let positionMs = fromMs;
  let roundMs = 0;
  // Once through the queue, and of further rounds only the rest.
  for (let i = 0; ; i++) {
    const lengthMs = soundingMs(state, index);
    if (positionMs < lengthMs) return { index, positionMs };
    const following = followingIndex(queue, index);
    positionMs -= lengthMs;
    roundMs += lengthMs;
    if (following === undefined) return { index: 0, positionMs, stops: true };
    if (queue.items[index]?.itemId === lastItem) return { index: following, positionMs, stops: true };
    const isRound = following === queue.currentIndex;
    if (isRound) positionMs %= roundMs;
    // What is left is less than a round, but for what adding it up has rounded.
    if (i > 2 * queue.items.length) return { index: following, positionMs: 0 };
    index = following;
  }
}

/** The state as it is at a later log time, nothing having been asked for meanwhile. */
export function advance(state: PlaybackState, toMs: number): PlaybackState {
  const timeMs = Math.max(state.atMs, toMs);
  const { sleep } = state;
  const moved =
    sleep?.kind === 'at' && sleep.atMs <= timeMs
      ? fallAsleep(advanceMain(state, sleep.atMs), sleep.atMs)
      : advanceMain(state, timeMs);
  return {
    ...moved,
    atMs: timeMs,
    decks: moved.decks.map((deck) => advanceDeck(deck, timeMs)),
    outputs: moved.outputs.filter(({ untilMs }) => untilMs === undefined || untilMs + FAREWELL_MS > timeMs),
  };
}

function fallAsleep(state: PlaybackState, atMs: number): PlaybackState {
  const { sleep: _, ...rest } = state;
  return {
    ...rest,
    main: stop(state.main, atMs),
    decks: state.decks.map((deck) => ({ ...deck, motion: stop(advanceDeck(deck, atMs).motion, atMs) })),
  };
}

export function stop(motion: Motion, timeMs: number): Motion {
  return { ...motion, positionMs: positionAt(motion, timeMs), atMs: timeMs, playing: false };
}

function advanceMain(state: PlaybackState, timeMs: number): PlaybackState {
  const { queue, main } = state;
  if (!main.playing || timeMs <= main.atMs) return state;
  const found = walk(state, positionAt(main, timeMs));
  if (found.stops) {
    // The queue is over, and stands ready to begin again; or it was to end with this item.
    const stood = { ...main, positionMs: 0, atMs: timeMs - found.positionMs / main.rate, playing: false };
    return { ...awake(state), queue: { ...queue, currentIndex: found.index }, main: stood };
  }
  const isSame = found.index === queue.currentIndex && found.positionMs === positionAt(main, timeMs);
  if (isSame) return state;
  return {
    ...state,
    queue: { ...queue, currentIndex: found.index },
    main: { ...main, positionMs: 0, atMs: timeMs - found.positionMs / main.rate },
  };
}

/** Who stops has done what a sleep at an item's end was for. */
function awake(state: PlaybackState): PlaybackState {
  const { sleep, ...rest } = state;
  return sleep?.kind === 'at' ? state : rest;
}

function advanceDeck(deck: SideDeck, timeMs: number): SideDeck {
  const { motion, item, loop } = deck;
  const lengthMs = Math.max(SHORTEST_ITEM_MS, item.durationMs);
  const positionMs = positionAt(motion, timeMs);
  if (!motion.playing || positionMs < lengthMs) return deck;
  if (!loop) return { ...deck, motion: { ...motion, positionMs: 0, atMs: timeMs, playing: false } };
  const inMs = positionMs % lengthMs;
  return { ...deck, motion: { ...motion, positionMs: 0, atMs: timeMs - inMs / motion.rate } };
}

/**
 * The state as it is when a record comes. How long a change of clocks took nobody knows: it counts as what the clocks
 * differ by, within bounds, and an output that played on says where it is.
 */
export function advanceTo(
  state: PlaybackState,
  { seq, clockId, atMs }: Pick<LogRecord, 'seq' | 'clockId' | 'atMs'>,
): PlaybackState {
  if (state.clockId === clockId) return advance(state, atMs);
  const betweenMs = Math.max(0, Math.min(atMs - state.atMs, MOST_BETWEEN_CLOCKS_MS));
  const moved = state.seq === 0 ? state : advance(state, state.atMs + betweenMs);
  const shiftMs = atMs - moved.atMs;
  const { sleep } = moved;
  return {
    ...moved,
    clockId,
    clockSeq: seq,
    atMs,
    main: shifted(moved.main, shiftMs),
    decks: moved.decks.map((deck) => ({ ...deck, motion: shifted(deck.motion, shiftMs) })),
    outputs: moved.outputs.map((output) => shiftedOutput(output, shiftMs)),
    deeds: moved.deeds.map((deed) => ({ ...deed, atMs: deed.atMs + shiftMs })),
    ...(sleep?.kind === 'at' && { sleep: { ...sleep, atMs: sleep.atMs + shiftMs } }),
  };
}

function shifted(motion: Motion, shiftMs: number): Motion {
  return { ...motion, atMs: motion.atMs + shiftMs };
}

function shiftedOutput(output: Output, shiftMs: number): Output {
  return {
    ...output,
    fromMs: output.fromMs + shiftMs,
    ...(output.untilMs !== undefined && { untilMs: output.untilMs + shiftMs }),
  };
}

/** True between the moments at which an output begins and ends to be heard. */
export function isHeard({ fromMs, untilMs }: Output, timeMs: number): boolean {
  return fromMs <= timeMs && (untilMs === undefined || timeMs < untilMs);
}

/** Those that stay. */
export function staying(outputs: readonly Output[]): readonly Output[] {
  return outputs.filter(({ untilMs }) => untilMs === undefined);
}

/** How far ahead a start is scheduled: one output alone begins as soon as it hears of it. */
export function startLeadMs(outputs: readonly Output[]): number {
  const together = staying(outputs);
  return together.length < 2 ? 0 : Math.max(...together.map(({ leadMs }) => leadMs));
}

import {
  advance,
  type ClockEstimate,
  currentItem,
  type Motion,
  type Output,
  type PlaybackState,
  positionAt,
  type SideDeck,
} from '../../playback/session/index.ts';
import type { Pace } from '../engine/port.ts';

/** How an output is heard, and between which moments. */
type Stay = Pick<Output, 'delayMs' | 'fromMs' | 'untilMs'>;

/**
 * Where the main deck of a session is to be heard, by a device's own clock; undefined where there is nothing to play. To be
 * asked for anew with each state, each probe of the clock, and at least every few seconds: it is bound to `nowMs`, so that
 * what is not known of the clocks' drift adds up to nothing.
 */
export function paceOf(
  state: PlaybackState,
  clock: ClockEstimate,
  nowMs: number,
  output?: Stay,
  latencyMs?: number,
): Pace | undefined {
  const { fromMs = 0 } = output ?? {};
  // One that takes over sounds from a moment on that may lie ahead.
  const sinceMs = Math.max(clock.serverMs(nowMs), fromMs);
  const { queue, main } = advance(state, sinceMs);
  const item = currentItem(queue);
  return item && { ...paceSince(sinceMs, main, clock, nowMs, output), itemId: item.itemId, latencyMs };
}

/** The same of a deck beside the main one, which goes round by itself where it is to. */
export function paceOfDeck(
  { item, motion }: SideDeck,
  clock: ClockEstimate,
  nowMs: number,
  output: Stay,
): Pace {
  const sinceMs = Math.max(clock.serverMs(nowMs), output.fromMs);
  return { ...paceSince(sinceMs, motion, clock, nowMs, output), itemId: item.itemId };
}

function paceSince(
  sinceMs: number,
  motion: Motion,
  clock: ClockEstimate,
  nowMs: number,
  { delayMs = 0, untilMs }: Partial<Stay> = {},
): Omit<Pace, 'itemId'> {
  const since = begun(motion, sinceMs);
  return {
    positionMs: since.positionMs,
    // What is heard too late by itself is to be heard so much earlier.
    atMs: (since.atMs > clock.serverMs(nowMs) ? clock.localMs(since.atMs) : nowMs) - delayMs,
    playing: motion.playing,
    ...(untilMs !== undefined && { untilMs: clock.localMs(untilMs) - delayMs }),
    rate: motion.rate,
    clockRate: 1 + clock.driftPpm * 1e-6,
    uncertaintyMs: clock.uncertaintyMs(nowMs),
  };
}

/** The same motion from a later moment on, unless it begins later still. */
function begun(motion: Motion, timeMs: number): Pick<Motion, 'positionMs' | 'atMs'> {
  return motion.atMs > timeMs ? motion : { positionMs: positionAt(motion, timeMs), atMs: timeMs };
}

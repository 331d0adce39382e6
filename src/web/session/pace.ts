import {
  advance,
  type ClockEstimate,
  currentItem,
  type Motion,
  type Output,
  type PlaybackState,
  positionAt,
} from '../../playback/session/index.ts';
import type { Pace } from '../engine/port.ts';

/**
 * Where the main deck of a session is to be heard, by a device's own clock; undefined where there is nothing to play. To be
 * asked for anew with each state, each probe of the clock, and at least every few seconds: it is bound to `nowMs`, so that
 * what is not known of the clocks' drift adds up to nothing.
 */
export function paceOf(
  state: PlaybackState,
  clock: ClockEstimate,
  nowMs: number,
  output?: Pick<Output, 'delayMs' | 'fromMs' | 'untilMs'>,
  latencyMs?: number,
): Pace | undefined {
  const { delayMs = 0, fromMs = 0, untilMs } = output ?? {};
  const logMs = clock.serverMs(nowMs);
  // One that takes over sounds from a moment on that may lie ahead.
  const sinceMs = Math.max(logMs, fromMs);
  const { queue, main } = advance(state, sinceMs);
  const item = currentItem(queue);
  if (!item) return undefined;
  const since = begun(main, sinceMs);
  return {
    itemId: item.itemId,
    positionMs: since.positionMs,
    // What is heard too late by itself is to be heard so much earlier.
    atMs: (since.atMs > logMs ? clock.localMs(since.atMs) : nowMs) - delayMs,
    playing: main.playing,
    ...(untilMs !== undefined && { untilMs: clock.localMs(untilMs) - delayMs }),
    rate: main.rate,
    clockRate: 1 + clock.driftPpm * 1e-6,
    uncertaintyMs: clock.uncertaintyMs(nowMs),
    latencyMs,
  };
}

/** The same motion from a later moment on, unless it begins later still. */
function begun(motion: Motion, timeMs: number): Pick<Motion, 'positionMs' | 'atMs'> {
  return motion.atMs > timeMs ? motion : { positionMs: positionAt(motion, timeMs), atMs: timeMs };
}

import type { Deck } from './deck.ts';

/** A start is told this long ahead, so that the message is there in time. */
const AHEAD_SECONDS = 1;

/**
 * The frame of `beside`'s context at which it begins, so that it does when `playing` reaches `triggerFrame`: exact in
 * one context, as near as the browser knows the time of each between two. Undefined while that is far.
 */
export function startFrameOf(
  playing: Deck,
  beside: Deck,
  triggerFrame: number,
  rate: number,
): number | undefined {
  const { playedFrame, contextFrame } = playing.moment();
  const from = playing.at.context;
  const to = beside.at.context;
  const step = (rate * playing.sampleRateHz) / from.sampleRate;
  const startFrame = contextFrame + Math.max(0, (triggerFrame - playedFrame) / step);
  const seconds = startFrame / from.sampleRate;
  if (seconds - from.currentTime > AHEAD_SECONDS) return undefined;
  if (from === to) return Math.round(startFrame);
  const heardAt = from.getOutputTimestamp();
  const now = to.getOutputTimestamp();
  const heardMs = (heardAt.performanceTime ?? 0) + (seconds - (heardAt.contextTime ?? 0)) * 1000;
  const there = (now.contextTime ?? 0) + (heardMs - (now.performanceTime ?? 0)) / 1000;
  return Math.max(0, Math.round(there * to.sampleRate));
}

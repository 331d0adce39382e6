import {
  advance,
  crossfadeOf,
  currentItem,
  followingIndex,
  type PlaybackState,
  positionAt,
  type QueueItem,
} from '../playback/session/index.ts';

/** What the main deck of a session is at. */
export interface Place {
  readonly item: QueueItem;
  readonly positionMs: number;
  readonly rate: number;
  readonly isPlaying: boolean;
  /** What comes by itself, and how long both sound together. */
  readonly follower: QueueItem | undefined;
  readonly fadeMs: number;
}

/** At a log time; undefined where there is nothing to play. */
export function placeAt(state: PlaybackState, logMs: number): Place | undefined {
  const { queue, main, crossfadeMs, sleep } = advance(state, logMs);
  const item = currentItem(queue);
  if (!item) return undefined;
  const following = followingIndex(queue, queue.currentIndex);
  const isLast = sleep?.kind === 'item-end' && sleep.itemId === item.itemId;
  const follower = following === undefined || isLast ? undefined : queue.items[following];
  return {
    item,
    positionMs: positionAt(main, logMs),
    rate: main.rate,
    isPlaying: main.playing && main.atMs <= logMs,
    follower,
    fadeMs: follower ? crossfadeOf(crossfadeMs, item.durationMs, follower.durationMs) : 0,
  };
}

/** So close to a border between two items, being on either side of it is no other place. */
export const BORDER_MS = 250;

/** What sounds, as far as it says where it is. */
export interface Heard {
  readonly item: QueueItem;
  readonly positionMs: number;
  /** What it was to be followed by when it was looked at last, and how long beside it. */
  readonly follower: QueueItem | undefined;
  readonly fadeMs: number;
}

/** How far ahead of a place something is that sounds, over a border too; undefined where one is somewhere else altogether. */
export function aheadMs(heard: Heard, place: Place): number | undefined {
  const distances: number[] = [];
  if (heard.item.itemId === place.item.itemId) distances.push(heard.positionMs - place.positionMs);
  const leftHereMs = heard.item.durationMs - heard.fadeMs - heard.positionMs;
  if (heard.follower?.itemId === place.item.itemId && place.positionMs < BORDER_MS && leftHereMs < BORDER_MS)
    distances.push(-leftHereMs - place.positionMs);
  const leftThereMs = place.item.durationMs - place.fadeMs - place.positionMs;
  if (place.follower?.itemId === heard.item.itemId && heard.positionMs < BORDER_MS && leftThereMs < BORDER_MS)
    distances.push(leftThereMs + heard.positionMs);
  return distances.sort((one, other) => Math.abs(one) - Math.abs(other))[0];
}

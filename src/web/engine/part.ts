import type { Deck } from './deck.ts';
import { Feed } from './feed.ts';
import { replayGainOf } from './gain.ts';
import type { EngineFault, EngineItem, EngineSettings, TrackSource } from './port.ts';
import type { Segment } from './timeline.ts';
import { TrackReader } from './track-reader.ts';

/** One item from some position on: its sound, and where on a deck it lies. */
export interface Part {
  readonly item: EngineItem;
  readonly startMs: number;
  readonly reader: TrackReader;
  readonly feed: Feed;
  /** Undefined until it is known what it needs, and until its turn. */
  deck?: Deck | undefined;
  /** Where it begins on its deck. */
  startFrame: number;
  fadeInFrames: number;
  fadeOutFrames: number;
}

export interface PartEvents {
  readonly onFault: (fault: EngineFault | undefined) => void;
  readonly onProgress: () => void;
}

export function openPart(source: TrackSource, item: EngineItem, startMs: number, events: PartEvents): Part {
  return partOf(new TrackReader(source, item.trackId, events.onFault), item, startMs, events);
}

/** The same item from elsewhere: what was fetched of it is used again. */
export function reopenPart({ reader, item, feed }: Part, startMs: number, events: PartEvents): Part {
  feed.close();
  return partOf(reader, item, startMs, events);
}

function partOf(reader: TrackReader, item: EngineItem, startMs: number, events: PartEvents): Part {
  const feed = new Feed(reader, startMs, events.onProgress);
  return { item, startMs, reader, feed, startFrame: 0, fadeInFrames: 0, fadeOutFrames: 0 };
}

export function closePart({ feed, reader }: Part): void {
  feed.close();
  reader.close();
}

export function endFrameOf({ startFrame, feed }: Part): number {
  return startFrame + feed.wholeFrames;
}

/** All of it lies on its deck. */
export function isWritten({ deck, feed }: Part): boolean {
  return deck !== undefined && feed.isOver && feed.queuedFrames === 0 && feed.fault === undefined;
}

/** It cannot go on, and what came before that has sounded. */
export function isGivenUp({ deck, feed, startFrame }: Part): boolean {
  if (feed.fault === undefined) return false;
  const heardFrames = deck ? deck.playedFrame - startFrame : 0;
  return feed.madeFrames === 0 || (deck !== undefined && heardFrames >= feed.madeFrames);
}

/** Moves what is decoded onto the deck, as far as there is room. */
export function fill({ deck, feed }: Part): void {
  if (!deck) return;
  for (;;) {
    const frames = feed.take(deck.freeFrames);
    if (!frames) return;
    deck.write(frames);
  }
}

export function segmentOf(part: Part, settings: EngineSettings): Segment {
  const { item, startFrame, fadeInFrames, fadeOutFrames } = part;
  const gain = replayGainOf(item, settings);
  return { startFrame, endFrame: endFrameOf(part), gain, fadeInFrames, fadeOutFrames };
}

/** Position in the item of a frame of its deck. */
export function positionOf({ feed, startFrame, startMs }: Part, frame: number): number {
  const { table, startSample } = feed;
  if (!table) return startMs;
  const sample = startSample + Math.min(feed.wholeFrames, Math.max(0, frame - startFrame));
  return (sample / table.sampleRateHz) * 1000;
}

/** Milliseconds of music from `positionMs` on that need nothing more from the server. */
export function hereMs({ feed, reader }: Part, positionMs: number): number {
  const { table, nextPacket } = feed;
  if (!table) return 0;
  const { count, startSample } = table.packets;
  const until = reader.fetchedUntil(Math.min(nextPacket, count - 1));
  const sample = Math.min(table.sampleCount, (startSample[until] ?? 0) - table.trimStartSamples);
  return Math.max(0, (sample / table.sampleRateHz) * 1000 - positionMs);
}

/** Nothing of it is left to be fetched. */
export function isFetched({ feed, reader }: Part): boolean {
  const { table, nextPacket, isOver } = feed;
  if (!table) return false;
  return isOver || reader.fetchedUntil(nextPacket) >= table.packets.count;
}

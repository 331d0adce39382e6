import type { EngineItem } from '../engine/port.ts';
import type { QueueItem } from './queue.ts';

/** What the engine has to know of a place in the queue. */
export function engineItem({ itemId, track }: QueueItem): EngineItem {
  return { itemId, trackId: track.id, durationMs: track.durationMs, ...track.replayGain };
}

import { Feed } from '../../../src/web/engine/feed.ts';
import { TrackReader } from '../../../src/web/engine/track-reader.ts';
import { type Asked, plainSource } from './source.ts';

/** Interleaved music of a track from a position on: what the engine writes to its ring. */
export async function decodeFrom(
  trackId: string,
  startMs: number,
  mostFrames = Number.POSITIVE_INFINITY,
): Promise<{ samples: Float32Array; startSample: number; channelCount: number; asked: readonly Asked[] }> {
  const asked: Asked[] = [];
  const reader = new TrackReader(plainSource(asked), trackId, () => undefined);
  const parts: Float32Array[] = [];
  let frames = 0;
  let told = () => {};
  const feed = new Feed(reader, startMs, () => told());
  let beforeFirst: readonly Asked[] = [];
  while (!feed.fault && frames < mostFrames) {
    const block = feed.take(mostFrames - frames);
    if (block) {
      if (frames === 0) beforeFirst = [...asked];
      parts.push(block);
      frames += block.length / feed.channelCount;
    } else if (feed.isOver) break;
    else {
      reader.lookAhead(feed.nextPacket, frames > 0 && mostFrames > 1e6 ? 40 : 0);
      await new Promise<void>((resolve) => (told = resolve));
    }
  }
  const { channelCount, startSample, fault } = feed;
  feed.close();
  reader.close();
  if (fault) throw new Error(`${trackId}: ${fault.kind}`);
  const samples = new Float32Array(frames * channelCount);
  let offset = 0;
  for (const part of parts) {
    samples.set(part, offset);
    offset += part.length;
  }
  return { samples, startSample, channelCount, asked: beforeFirst };
}

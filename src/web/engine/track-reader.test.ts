import { describe, expect, test } from 'vitest';
import { packetsOf } from '../../../test/support/packet-tables.ts';
import type { PacketTable } from '../../playback/index.ts';
import type { TrackSource } from './port.ts';
import { TrackReader } from './track-reader.ts';

const CHUNK_BYTES = 65_536;
const CHUNKS = 100;

/** Four packets a chunk, each a second long. */
const table: PacketTable = {
  codec: 'flac',
  codecString: 'flac',
  description: new Uint8Array(),
  sampleRateHz: 1,
  channelCount: 2,
  trimStartSamples: 0,
  sampleCount: CHUNKS * 4,
  prerollPackets: 0,
  packets: packetsOf(
    Array.from({ length: CHUNKS * 4 }, () => ({
      samples: 1,
      spans: [{ gapBytes: 0, lengthBytes: CHUNK_BYTES / 4 }],
    })),
  ),
};

/** A server that answers when it is told to. */
class SlowServer implements TrackSource {
  readonly asked: { readonly chunk: number; readonly signal: AbortSignal; readonly answer: () => void }[] =
    [];

  open() {
    return Promise.resolve({
      table,
      chunk: (chunk: number, signal: AbortSignal) =>
        new Promise<Uint8Array>((resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
          this.asked.push({ chunk, signal, answer: () => resolve(new Uint8Array(CHUNK_BYTES)) });
        }),
      close: () => undefined,
    });
  }

  /** Chunks on their way. */
  get pending(): readonly number[] {
    return this.asked.filter(({ signal }) => !signal.aborted).map(({ chunk }) => chunk);
  }

  async answerAll(): Promise<void> {
    for (const { answer } of this.asked.splice(0)) answer();
    await new Promise(setImmediate);
  }
}

async function openReader() {
  const server = new SlowServer();
  const reader = new TrackReader(server, 'tr-1', () => undefined);
  await reader.opened;
  return { server, reader };
}

describe('a reader of a track', () => {
  test('asks ahead for three chunks at a time, up to where it is told', async () => {
    const { server, reader } = await openReader();
    reader.lookAhead(0, 15);
    expect(server.pending).toEqual([0, 1, 2]);
    await server.answerAll();
    expect(server.pending).toEqual([3]);
    expect(reader.fetchedUntil(0)).toBe(12);
  });

  test('asks for what a seek needs and nothing else, and lets go of what was on its way', async () => {
    const { server, reader } = await openReader();
    reader.lookAhead(0, 100);
    await server.answerAll();
    expect(server.pending).toEqual([3, 4, 5]);
    reader.request(203, 205);
    expect(server.pending).toEqual([50, 51]);
    await server.answerAll();
    expect(server.pending).toEqual([]);
    expect(reader.packetNow(203)).toBeDefined();
    reader.lookAhead(205, 100);
    expect(server.pending).toEqual([52, 53, 54]);
  });

  test('keeps what is on its way already where a seek needs it, and asks again for what was let go of', async () => {
    const { server, reader } = await openReader();
    reader.lookAhead(0, 100);
    reader.request(4, 8);
    expect(server.asked.map(({ chunk }) => chunk)).toEqual([0, 1, 2]);
    expect(server.pending).toEqual([1]);
    await server.answerAll();
    reader.lookAhead(0, 100);
    expect(server.pending).toEqual([0, 2, 3]);
  });
});

import { parsePacketTable } from '../../../src/playback/index.ts';
import type { EngineFault, TrackSource } from '../../../src/web/engine/index.ts';

export interface Asked {
  readonly track: string;
  readonly chunk: number;
  readonly atMs: number;
}

/** Plain chunks of the test's own server, the first with the table as Clef's own does; a connection that fails is a network that is down. */
export function plainSource(asked: Asked[]): TrackSource {
  return {
    async open(track, signal) {
      const answer = await get(`tracks/${track}/open`, track, signal);
      const tableBytes = new DataView(answer.buffer).getUint32(0);
      const firstChunk = answer.subarray(4 + tableBytes);
      return {
        table: parsePacketTable(answer.slice(4, 4 + tableBytes)),
        chunk(chunk, signal) {
          asked.push({ track, chunk, atMs: performance.now() });
          if (chunk === 0) return Promise.resolve(firstChunk);
          return get(`tracks/${track}/chunks/${chunk}`, track, signal);
        },
        close: () => undefined,
      };
    },
  };
}

async function get(path: string, trackId: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const fault = (kind: EngineFault['kind']) => ({ kind, trackId, retrying: false }) satisfies EngineFault;
  const answer = await fetch(path, { signal }).catch(() => undefined);
  if (!answer) throw fault('offline');
  if (answer.status === 425) throw fault('preparing');
  if (!answer.ok) throw fault(answer.status === 403 ? 'not-allowed' : 'not-found');
  const bytes = await answer.bytes().catch(() => undefined);
  if (!bytes) throw fault('offline');
  return bytes;
}

import { type Bytes, concatBytes } from '../../core/index.ts';
import { SEALED_CHUNK_BYTES } from '../../crypto/reading.ts';

/** About 1 MiB: what is lost when keeping is cut short, and what one chunk takes to be read. */
export const PIECE_CHUNKS = 16;

/**
 * Sealed bytes in Cache Storage, which takes no answers to `Range` requests: pieces of neighbouring chunks, each a 200
 * response of the player's own making.
 */
export interface KeptPieces {
  put(assetId: string, piece: number, chunks: readonly Bytes[]): Promise<void>;
  /** Undefined where it is not there. */
  chunk(assetId: string, chunk: number): Promise<Bytes | undefined>;
  /** Those from 0 to `count`. */
  delete(assetId: string, count: number): Promise<void>;
}

export async function openKeptPieces(cacheName: string): Promise<KeptPieces> {
  const cache = await caches.open(cacheName);
  // Chunks are read one after the other: the piece that was read last serves most of them.
  let last: { readonly address: string; readonly bytes: Promise<Bytes | undefined> } | undefined;

  async function read(address: string): Promise<Bytes | undefined> {
    const response = await cache.match(address);
    return response && new Uint8Array(await response.arrayBuffer());
  }

  return {
    async put(assetId, piece, chunks) {
      const headers = { 'content-type': 'application/octet-stream' };
      await cache.put(addressOf(assetId, piece), new Response(concatBytes(...chunks), { headers }));
    },
    async chunk(assetId, chunk) {
      const address = addressOf(assetId, Math.floor(chunk / PIECE_CHUNKS));
      if (last?.address !== address) last = { address, bytes: read(address) };
      const startBytes = (chunk % PIECE_CHUNKS) * SEALED_CHUNK_BYTES;
      return (await last.bytes)?.subarray(startBytes, startBytes + SEALED_CHUNK_BYTES);
    },
    async delete(assetId, count) {
      last = undefined;
      for (let piece = 0; piece < count; piece++) await cache.delete(addressOf(assetId, piece));
    },
  };
}

/** Only a name: no server has anything there. */
function addressOf(assetId: string, piece: number): string {
  return `/kept/${assetId}/${piece}`;
}

import type { Bytes } from '../../core/index.ts';

export interface ChunkMemory {
  get(key: string): Bytes | undefined;
  put(key: string, chunk: Bytes): void;
}

/** Decrypted chunks that were used last, so that a small step back costs nothing. */
export function createChunkMemory(maxChunks: number): ChunkMemory {
  // A map keeps the order of insertion: what was used longest ago comes first.
  const chunks = new Map<string, Bytes>();
  return {
    get(key) {
      const chunk = chunks.get(key);
      if (!chunk) return undefined;
      chunks.delete(key);
      chunks.set(key, chunk);
      return chunk;
    },
    put(key, chunk) {
      chunks.delete(key);
      chunks.set(key, chunk);
      if (chunks.size > maxChunks) {
        for (const oldest of chunks.keys()) {
          chunks.delete(oldest);
          break;
        }
      }
    },
  };
}

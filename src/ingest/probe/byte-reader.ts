const BLOCK_BYTES = 128 * 1024;
const BLOCKS_KEPT = 8;

/** As `ReadableMedia.read`: short only at the end of the file. */
export type ReadAt = (offsetBytes: number, lengthBytes: number) => Promise<Uint8Array>;

/** Reads a file by blocks and keeps the last few, since parsers ask for a few bytes at a time. */
export class ByteReader {
  readonly lengthBytes: number;
  readonly #readAt: ReadAt;
  readonly #blocks = new Map<number, Uint8Array>();

  constructor(lengthBytes: number, readAt: ReadAt) {
    this.lengthBytes = lengthBytes;
    this.#readAt = readAt;
  }

  async #block(index: number): Promise<Uint8Array> {
    const kept = this.#blocks.get(index);
    if (kept) return kept;
    const offset = index * BLOCK_BYTES;
    const block = await this.#readAt(offset, Math.min(BLOCK_BYTES, this.lengthBytes - offset));
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size < BLOCKS_KEPT) break;
      this.#blocks.delete(oldest);
    }
    this.#blocks.set(index, block);
    return block;
  }

  /** A view, not to be written to; shorter than asked only at the end of the file. */
  async read(offsetBytes: number, lengthBytes: number): Promise<Uint8Array> {
    const end = Math.min(offsetBytes + lengthBytes, this.lengthBytes);
    if (end <= offsetBytes) return new Uint8Array(0);
    const first = Math.floor(offsetBytes / BLOCK_BYTES);
    const last = Math.floor((end - 1) / BLOCK_BYTES);
    if (first === last) {
      const block = await this.#block(first);
      return block.subarray(offsetBytes - first * BLOCK_BYTES, end - first * BLOCK_BYTES);
    }
    const joined = new Uint8Array(end - offsetBytes);
    for (let index = first; index <= last; index++) {
      const start = index * BLOCK_BYTES;
      const block = await this.#block(index);
      const piece = block.subarray(Math.max(0, offsetBytes - start), end - start);
      joined.set(piece, Math.max(0, start - offsetBytes));
    }
    return joined;
  }
}

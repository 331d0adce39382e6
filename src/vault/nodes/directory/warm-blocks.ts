/** As large as a chunk. */
const BLOCK_BYTES = 65_536;
/** A longer file would take more than 64 KiB to keep track of; its end never counts as warm. */
const MAX_BLOCKS = 16_384;
/** The kernel drops first what was used longest ago: what was read within a minute is all but certainly there. */
const WARM_MS = 60_000;

/** Which parts of an open file lie in the machine's page cache, as far as this process's own reads tell. */
export class WarmBlocks {
  readonly #blocks: number;
  readonly #createdAtMs: number;
  /** By block, in seconds since the creation. */
  #warmUntil: Uint32Array | undefined;

  constructor(lengthBytes: number, nowMs: number) {
    this.#blocks = Math.min(MAX_BLOCKS, Math.ceil(lengthBytes / BLOCK_BYTES));
    this.#createdAtMs = nowMs;
  }

  /** They were read just now. */
  note(startBytes: number, endBytes: number, nowMs: number): void {
    this.#warmUntil ??= new Uint32Array(this.#blocks);
    const { first, end } = blocksOf(startBytes, endBytes);
    this.#warmUntil.fill(this.#seconds(nowMs + WARM_MS), first, end);
  }

  cover(startBytes: number, endBytes: number, nowMs: number): boolean {
    if (!this.#warmUntil) return false;
    const { first, end } = blocksOf(startBytes, endBytes);
    const seconds = this.#seconds(nowMs);
    for (let block = first; block < end; block++) {
      if ((this.#warmUntil[block] ?? 0) <= seconds) return false;
    }
    return true;
  }

  #seconds(timeMs: number): number {
    return Math.max(0, Math.floor((timeMs - this.#createdAtMs) / 1_000));
  }
}

function blocksOf(startBytes: number, endBytes: number): { readonly first: number; readonly end: number } {
  return { first: Math.floor(startBytes / BLOCK_BYTES), end: Math.ceil(endBytes / BLOCK_BYTES) };
}

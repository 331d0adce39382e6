/** Sequence numbers taken from a bucket's row at once; a crash wastes at most so many. */
export const ID_BLOCK = 16;

export interface IdBlock {
  next: number;
  readonly end: number;
}

/**
 * What is left of the blocks that committed transactions took. A block that a transaction took itself joins
 * only once that has committed: else, after a rollback, the same numbers would be given again.
 */
export class IdBlocks {
  readonly #blocks = new Map<number, IdBlock>();

  get(bucket: number): IdBlock | undefined {
    return this.#blocks.get(bucket);
  }

  commit(taken: ReadonlyMap<number, IdBlock>): void {
    for (const [bucket, block] of taken) {
      this.#blocks.set(bucket, block);
    }
  }

  /** After sequences were moved from outside. */
  clear(): void {
    this.#blocks.clear();
  }
}

/**
 * Content that is being sealed, by its hash. Whoever else has the same waits, and then finds it in the catalogue. One for
 * all who import into a library, or two of them could seal the same track twice.
 */
export class BeingSealed {
  readonly #claims = new Map<string, Promise<void>>();

  /** Undefined where nobody has claimed it. */
  wait(contentHash: string): Promise<void> | undefined {
    return this.#claims.get(contentHash);
  }

  /** Only where nobody has; answers what gives it back. */
  claim(contentHash: string): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#claims.set(contentHash, promise);
    return () => {
      this.#claims.delete(contentHash);
      resolve();
    };
  }
}

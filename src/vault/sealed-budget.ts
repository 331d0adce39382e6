/**
 * Sealed bytes that all readers together may hold. Thousands of slow listeners must not fill the memory with what
 * they will hear in a minute: beyond the budget nobody reads ahead, and whoever needs bytes gets a chunk at a time.
 */
export class SealedBudget {
  #freeBytes: number;

  constructor(totalBytes: number) {
    this.#freeBytes = totalBytes;
  }

  take(bytes: number): boolean {
    if (bytes > this.#freeBytes) return false;
    this.#freeBytes -= bytes;
    return true;
  }

  /** What has to be had in any case, even beyond the budget. */
  takeAnyway(bytes: number): void {
    this.#freeBytes -= bytes;
  }

  giveBack(bytes: number): void {
    this.#freeBytes += bytes;
  }
}

import type { Pointer, SmbLibrary } from './library.ts';

const MOST_FILES = 16;
/** An open file cannot be removed by others, and hides that its name is another file's by now. */
const LONGEST_OPEN_MS = 1_000;

interface OpenFile {
  readonly file: Pointer;
  readonly openedAtMs: number;
}

/** Files that were read a moment ago, so that the next read of one need not open it. */
export class OpenFiles {
  readonly #library: SmbLibrary;
  /** The one used last is the last. */
  readonly #files = new Map<string, OpenFile>();

  constructor(library: SmbLibrary) {
    this.#library = library;
  }

  /** Null where it cannot be opened. */
  open(url: string): Pointer | null {
    const nowMs = performance.now();
    const known = this.#files.get(url);
    if (known && nowMs - known.openedAtMs < LONGEST_OPEN_MS) {
      this.#files.delete(url);
      this.#files.set(url, known);
      return known.file;
    }
    this.close(url);
    const file = this.#library.open(url, 0);
    if (file === null) return null;
    this.#files.set(url, { file, openedAtMs: nowMs });
    const [oldest] = this.#files.keys();
    if (oldest !== undefined && this.#files.size > MOST_FILES) this.close(oldest);
    return file;
  }

  close(url: string): void {
    const known = this.#files.get(url);
    if (!known) return;
    this.#files.delete(url);
    // Nothing was written: whatever the server answers, nothing is lost.
    this.#library.close(known.file);
  }

  closeAll(): void {
    for (const url of this.#files.keys()) this.close(url);
  }
}

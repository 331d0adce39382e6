import type { FileHandle } from 'node:fs/promises';
import { LRUCache } from 'lru-cache';
import { objectMissing } from '../failures.ts';
import { isAbsent } from './faults.ts';
import { openRegularFile } from './files.ts';
import { type Folders, parentOf } from './folders.ts';
import { TRUST_MS, type MarkerGuard } from './marker.ts';
import { lstatOrAbsent, versionOf } from './stats.ts';

/** Open files a node may hold: six nodes stay below the customary limit of 1,024 a process. */
export const MAX_OPEN_OBJECTS = 128;

export interface OpenObject {
  readonly handle: FileHandle;
  readonly lengthBytes: number;
}

interface Entry {
  readonly opening: Promise<OpenObject & { readonly version: string }>;
  checkedAtMs: number;
  users: number;
  dropped: boolean;
}

/** Files that are kept open between reads, each of them checked against its name once in `TRUST_MS`. */
export class OpenObjects {
  readonly #folders: Folders;
  readonly #guard: MarkerGuard;
  readonly #now: () => number;
  readonly #entries: LRUCache<string, Entry>;

  constructor(options: { folders: Folders; guard: MarkerGuard; now: () => number }) {
    this.#folders = options.folders;
    this.#guard = options.guard;
    this.#now = options.now;
    this.#entries = new LRUCache({ max: MAX_OPEN_OBJECTS, dispose: (entry) => drop(entry) });
  }

  /** Runs the work with the object's open file. An absent object is `node-object-missing`, on a verified node. */
  async use<T>(name: string, work: (object: OpenObject) => Promise<T>): Promise<T> {
    const entry = this.#entries.get(name) ?? this.#open(name);
    return this.#holding(entry, async () => {
      if (await this.#isCurrent(name, entry)) return work(await entry.opening);
      if (this.#entries.peek(name) === entry) this.#entries.delete(name);
      const fresh = this.#entries.get(name) ?? this.#open(name);
      return this.#holding(fresh, async () => work(await fresh.opening));
    });
  }

  /** Called after an object changed through this node: nobody who asks from now on gets the old file. */
  forget(name: string): void {
    this.#entries.delete(name);
  }

  clear(): void {
    this.#entries.clear();
  }

  async #isCurrent(name: string, entry: Entry): Promise<boolean> {
    const nowMs = this.#now();
    const ageMs = nowMs - entry.checkedAtMs;
    if (ageMs >= 0 && ageMs < TRUST_MS) return true;
    await this.#guard.verifyRecently();
    const [{ version }, stats] = await Promise.all([entry.opening, lstatOrAbsent(this.#folders.path(name))]);
    if (!stats || versionOf(stats) !== version) return false;
    entry.checkedAtMs = nowMs;
    return true;
  }

  /** Keeps the file open for as long as the work lasts; it is held before this returns. */
  async #holding<T>(entry: Entry, work: () => Promise<T>): Promise<T> {
    entry.users++;
    try {
      return await work();
    } finally {
      release(entry);
    }
  }

  #open(name: string): Entry {
    const entry: Entry = {
      opening: this.#openFile(name),
      checkedAtMs: this.#now(),
      users: 0,
      dropped: false,
    };
    entry.opening.catch(() => {
      if (this.#entries.peek(name) === entry) this.#entries.delete(name);
    });
    this.#entries.set(name, entry);
    return entry;
  }

  async #openFile(name: string): Promise<OpenObject & { readonly version: string }> {
    const handle = await this.#openIfPresent(name);
    if (!handle) {
      // Nothing there may mean nothing mounted there.
      await this.#guard.verify();
      throw objectMissing(name);
    }
    const stats = await handle.stat({ bigint: true });
    return { handle, lengthBytes: Number(stats.size), version: versionOf(stats) };
  }

  async #openIfPresent(name: string): Promise<FileHandle | undefined> {
    await this.#guard.verifyRecently();
    if (!(await this.#folders.exists(parentOf(name)))) return undefined;
    try {
      return await openRegularFile(this.#folders.path(name));
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }
}

function drop(entry: Entry): void {
  entry.dropped = true;
  closeIfUnused(entry);
}

function release(entry: Entry): void {
  entry.users--;
  closeIfUnused(entry);
}

/** Closing tells nothing that matters after reading: its failure is of no use to anybody. */
function closeIfUnused(entry: Entry): void {
  if (!entry.dropped || entry.users > 0) return;
  entry.opening.then(({ handle }) => handle.close()).catch(() => undefined);
}

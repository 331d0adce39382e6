import type { FileHandle } from 'node:fs/promises';
import { LRUCache } from 'lru-cache';
import { objectMissing } from '../failures.ts';
import { isAbsent } from './faults.ts';
import { openRegularFile, type RegularFile } from './files.ts';
import { type Folders, parentOf } from './folders.ts';
import { TRUST_MS } from '../marker.ts';
import type { MarkerGuard } from './marker.ts';
import { lstatOrAbsent, versionOf } from './stats.ts';
import { WarmBlocks } from './warm-blocks.ts';

/** Open files a node may hold: six nodes stay below the customary limit of 1,024 a process. */
export const MAX_OPEN_OBJECTS = 128;

export interface OpenObject {
  readonly handle: FileHandle;
  readonly lengthBytes: number;
  readonly version: string;
  readonly warm: WarmBlocks;
}

interface Entry {
  readonly opening: Promise<OpenObject>;
  /** Set once `opening` is there. */
  object: OpenObject | undefined;
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

  /** The object, where it is open and needs no look at its name; to be used before anything is awaited. */
  fresh(name: string): OpenObject | undefined {
    const entry = this.#entries.get(name);
    return entry?.object && this.#isFresh(entry) ? entry.object : undefined;
  }

  /** Runs the work with the object's open file. An absent object is `node-object-missing`, on a verified node. */
  use<T>(name: string, work: (object: OpenObject) => Promise<T>): Promise<T> {
    const entry = this.#hold(name);
    return entry.object && this.#isFresh(entry)
      ? thenRelease(work(entry.object), entry)
      : this.#useChecked(name, entry, work);
  }

  async #useChecked<T>(name: string, entry: Entry, work: (object: OpenObject) => Promise<T>): Promise<T> {
    try {
      if (this.#isFresh(entry) || (await this.#isCurrent(name, entry))) {
        return await work(await entry.opening);
      }
      if (this.#entries.peek(name) === entry) this.#entries.delete(name);
    } finally {
      release(entry);
    }
    const reopened = this.#hold(name);
    try {
      return await work(await reopened.opening);
    } finally {
      release(reopened);
    }
  }

  /** Called after an object changed through this node: nobody who asks from now on gets the old file. */
  forget(name: string): void {
    this.#entries.delete(name);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** The name's entry, open or opening; it stays open until `release`. */
  #hold(name: string): Entry {
    const entry = this.#entries.get(name) ?? this.#open(name);
    entry.users++;
    return entry;
  }

  #isFresh(entry: Entry): boolean {
    const ageMs = this.#now() - entry.checkedAtMs;
    return ageMs >= 0 && ageMs < TRUST_MS;
  }

  /** Whether the name still means the file that is open. */
  async #isCurrent(name: string, entry: Entry): Promise<boolean> {
    const nowMs = this.#now();
    await this.#guard.verifyRecently();
    const [{ version }, stats] = await Promise.all([entry.opening, lstatOrAbsent(this.#folders.path(name))]);
    if (!stats || versionOf(stats) !== version) return false;
    entry.checkedAtMs = nowMs;
    return true;
  }

  #open(name: string): Entry {
    const entry: Entry = {
      opening: this.#openFile(name),
      object: undefined,
      checkedAtMs: this.#now(),
      users: 0,
      dropped: false,
    };
    void this.#keepWhenOpen(name, entry);
    this.#entries.set(name, entry);
    return entry;
  }

  async #keepWhenOpen(name: string, entry: Entry): Promise<void> {
    try {
      entry.object = await entry.opening;
    } catch {
      // Whoever waits for it gets the error; the next one tries again.
      if (this.#entries.peek(name) === entry) this.#entries.delete(name);
    }
  }

  async #openFile(name: string): Promise<OpenObject> {
    const file = await this.#openIfPresent(name);
    if (!file) {
      // Nothing there may mean nothing mounted there.
      await this.#guard.verify();
      throw objectMissing(name);
    }
    const { handle, stats } = file;
    const lengthBytes = Number(stats.size);
    return { handle, lengthBytes, version: versionOf(stats), warm: new WarmBlocks(lengthBytes, this.#now()) };
  }

  async #openIfPresent(name: string): Promise<RegularFile | undefined> {
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

/** In one step: `finally` takes three, for every read. */
function thenRelease<T>(work: Promise<T>, entry: Entry): Promise<T> {
  return work.then(
    (value) => {
      release(entry);
      return value;
    },
    (error: unknown) => {
      release(entry);
      throw error;
    },
  );
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

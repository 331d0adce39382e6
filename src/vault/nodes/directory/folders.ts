import { mkdir, realpath, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { ClefError } from '../../../core/index.ts';
import { errnoOf, isAbsent } from './faults.ts';
import { FOLDER_MODE, syncFolder } from './files.ts';
import type { MarkerGuard } from './marker.ts';

const MAX_DURABLE_FOLDERS = 10_000;

/** The folders below a node's root, named like objects: by `/`-separated segments, the root by ''. */
export class Folders {
  readonly #root: string;
  readonly #guard: MarkerGuard;
  /** Folders whose own entry, and that of each above, is known to survive a power failure. */
  readonly #durable = new LRUCache<string, true>({ max: MAX_DURABLE_FOLDERS });

  constructor(root: string, guard: MarkerGuard) {
    this.#root = root;
    this.#guard = guard;
  }

  path(name: string): string {
    return join(this.#root, name);
  }

  /**
   * False where the folder is absent. Throws `node-io` where a link leads out of the node: Node cannot open
   * relative to a folder, so the way there is checked instead.
   */
  async exists(folder: string): Promise<boolean> {
    let real: string;
    try {
      real = await realpath(this.path(folder));
    } catch (error) {
      if (isAbsent(error)) return false;
      throw error;
    }
    if (real !== join(this.#guard.realRoot, folder)) {
      throw new ClefError('node-io', `the folder ${folder} is a link; a node's folders are its own`);
    }
    return true;
  }

  /** Makes a folder and those above it, each entry durable. Nothing is made behind a link. */
  async ensure(folder: string): Promise<void> {
    if ((await this.exists(folder)) && this.isDurable(folder)) return;
    const lineage: string[] = [];
    for (let name = folder; name !== ''; name = parentOf(name)) lineage.unshift(name);
    for (const name of lineage) {
      await makeFolder(this.path(name));
      await this.exists(name);
      if (this.isDurable(name)) continue;
      await syncFolder(this.path(parentOf(name)));
      this.#durable.set(name, true);
    }
  }

  isDurable(folder: string): boolean {
    return folder === '' || this.#durable.has(folder);
  }

  /** Another call removed the folder between `ensure` and its use. */
  forget(folder: string): void {
    for (let name = folder; name !== ''; name = parentOf(name)) this.#durable.delete(name);
  }

  sync(folder: string): Promise<void> {
    return syncFolder(this.path(folder));
  }

  /** Removes the folder and those above it, as long as they are empty. */
  async prune(folder: string): Promise<void> {
    for (let name = folder; name !== ''; name = parentOf(name)) {
      this.#durable.delete(name);
      try {
        await rmdir(this.path(name));
      } catch (error) {
        // Not empty is the usual end; whatever else prevents it leaves an empty folder, which harms nobody.
        if (errnoOf(error) === undefined) throw error;
        return;
      }
    }
  }
}

/** Of a name of segments; '' for one at the top. */
export function parentOf(name: string): string {
  const parent = dirname(name);
  return parent === '.' ? '' : parent;
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: FOLDER_MODE });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}

import { randomUUID } from 'node:crypto';
import { mkdir, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { piecesUntilAborted } from '../../abort.ts';
import { TEMPORARY_PREFIX } from '../names.ts';
import type { ByteSource } from '../port.ts';
import { isAbsent } from './faults.ts';
import { FOLDER_MODE, openNewFile, writeFully } from './files.ts';
import type { Folders } from './folders.ts';
import { lstatOrAbsent } from './stats.ts';

/** Where unfinished objects lie: on the node's own file system, and out of every listing. */
export const UPLOAD_FOLDER = `${TEMPORARY_PREFIX}uploads`;

/** Objects that have no name yet. */
export class Uploads {
  readonly #folders: Folders;
  /** Of this process; sweep must not take them away however old they are. */
  readonly #active = new Set<string>();

  constructor(folders: Folders) {
    this.#folders = folders;
  }

  /**
   * Writes the source into a temporary file, synchronises it, and hands its path to `publish`, which gives it
   * its name. Whatever fails, the temporary file goes; an error of the source comes as a SourceFault.
   */
  async run<T>(
    source: ByteSource,
    signal: AbortSignal | undefined,
    publish: (temporaryPath: string) => Promise<T>,
  ): Promise<T> {
    const name = randomUUID();
    const path = this.#folders.path(join(UPLOAD_FOLDER, name));
    this.#active.add(name);
    try {
      await this.#write(path, source, signal);
      signal?.throwIfAborted();
      return await publish(path);
    } finally {
      await removeIfPresent(path);
      this.#active.delete(name);
    }
  }

  async removeOlderThan(timeMs: number, signal: AbortSignal | undefined): Promise<number> {
    let removed = 0;
    for (const name of await this.#names()) {
      signal?.throwIfAborted();
      if (this.#active.has(name)) continue;
      const path = this.#folders.path(join(UPLOAD_FOLDER, name));
      const stats = await lstatOrAbsent(path);
      if (!stats || stats.isDirectory() || Number(stats.mtimeMs) > timeMs) continue;
      if (await removeIfPresent(path)) removed++;
    }
    return removed;
  }

  async #write(path: string, source: ByteSource, signal: AbortSignal | undefined): Promise<void> {
    await mkdir(this.#folders.path(UPLOAD_FOLDER), { recursive: true, mode: FOLDER_MODE });
    await this.#folders.exists(UPLOAD_FOLDER);
    const handle = await openNewFile(path);
    try {
      for await (const piece of tagFaults(piecesUntilAborted(source, signal)))
        await writeFully(handle, piece);
      await handle.datasync();
    } finally {
      await handle.close();
    }
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(this.#folders.path(UPLOAD_FOLDER));
    } catch (error) {
      if (isAbsent(error)) return [];
      throw error;
    }
  }
}

/** Carries a source's error past the places where a failed system call would be taken for the node's. */
export class SourceFault extends Error {
  constructor(cause: unknown) {
    super('the source of an upload failed', { cause });
  }
}

async function* tagFaults(pieces: ByteSource): ByteSource {
  try {
    yield* pieces;
  } catch (error) {
    throw new SourceFault(error);
  }
}

/** False where it was gone already. */
async function removeIfPresent(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

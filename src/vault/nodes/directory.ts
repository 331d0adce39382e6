import { rename, statfs, unlink } from 'node:fs/promises';
import { type Bytes, ClefError, type LibraryId, type NodeId, randomId } from '../../core/index.ts';
import { untilAborted } from '../abort.ts';
import { asNodeFault, isAbsent } from './directory/faults.ts';
import { linkIfFree, readFully } from './directory/files.ts';
import { Folders, parentOf } from './directory/folders.ts';
import { MarkerGuard, writeMarker } from './directory/marker.ts';
import { NameLocks } from '../name-locks.ts';
import { OpenObjects } from './directory/open-objects.ts';
import { describeFile, lstatOrAbsent } from './directory/stats.ts';
import { SourceFault, Uploads } from './directory/uploads.ts';
import { walkObjects } from './directory/walk.ts';
import { unclearedBytes, WarmReads } from './directory/warm-reads.ts';
import { objectExists, objectMissing, objectTruncated, versionMismatch } from './failures.ts';
import { assertNamePrefix, assertObjectName, assertReadRange } from './names.ts';
import type { ByteSource, NodeCallOptions, NodeSpace, ObjectInfo, StorageNode } from './port.ts';

export { isFreeForNode } from './directory/marker.ts';

export interface DirectoryNodeSettings {
  readonly root: string;
  /** Anything else found there is offline. With it a node may be opened before its disk is there. */
  readonly expectedId?: NodeId;
  /** Default: `dev:` and the number of the device that holds the folder. */
  readonly failureDomain?: string;
  /** `rename` never uses hard links, as on FAT; `auto` (default) finds out. */
  readonly publish?: 'auto' | 'rename';
  /** Milliseconds since 1970; default Date.now. */
  readonly now?: () => number;
}

/** Makes an absent or empty folder a storage node, and returns the id it got. */
export async function initDirectoryNode(settings: {
  readonly root: string;
  readonly random: (lengthBytes: number) => Uint8Array;
  readonly library?: LibraryId;
}): Promise<NodeId> {
  const nodeId = randomId<NodeId>(settings.random);
  await writeMarker(settings.root, {
    nodeId,
    ...(settings.library !== undefined && { library: settings.library }),
  });
  return nodeId;
}

/**
 * Opens the node in a folder. Without an expected id the folder must be there and say who it is, else
 * `node-offline`; with one, an absent folder is a node that is offline for now.
 */
export async function openDirectoryNode(settings: DirectoryNodeSettings): Promise<DirectoryNode> {
  const guard = new MarkerGuard({
    root: settings.root,
    expectedId: settings.expectedId,
    now: settings.now ?? Date.now,
  });
  let { expectedId } = settings;
  try {
    expectedId = await guard.verify();
  } catch (error) {
    if (expectedId === undefined || !(error instanceof ClefError) || error.code !== 'node-offline')
      throw error;
  }
  return new DirectoryNode({ ...settings, id: expectedId, guard });
}

/** A storage node in a folder of a local disk or of a mounted share. */
export class DirectoryNode implements StorageNode {
  readonly id: NodeId;
  readonly #root: string;
  readonly #failureDomain: string | undefined;
  readonly #guard: MarkerGuard;
  readonly #now: () => number;
  readonly #folders: Folders;
  readonly #uploads: Uploads;
  readonly #open: OpenObjects;
  readonly #warmReads: WarmReads;
  readonly #locks = new NameLocks();
  #hardLinks: boolean;
  #closed = false;

  constructor(settings: DirectoryNodeSettings & { readonly id: NodeId; readonly guard: MarkerGuard }) {
    this.id = settings.id;
    this.#root = settings.root;
    this.#failureDomain = settings.failureDomain;
    this.#guard = settings.guard;
    this.#now = settings.now ?? Date.now;
    this.#hardLinks = settings.publish !== 'rename';
    this.#folders = new Folders(settings.root, settings.guard);
    this.#uploads = new Uploads(this.#folders);
    this.#open = new OpenObjects({ folders: this.#folders, guard: this.#guard, now: this.#now });
    this.#warmReads = new WarmReads({ isLocal: () => this.#guard.isLocal, now: this.#now });
  }

  /** The device's, once the folder was seen; before that a domain of its own. */
  get failureDomain(): string {
    if (this.#failureDomain !== undefined) return this.#failureDomain;
    return this.#guard.device === undefined ? `node:${this.id}` : `dev:${this.#guard.device}`;
  }

  /** The one library that the node was made for; undefined where it is nobody's, or was not seen yet. */
  get library(): LibraryId | undefined {
    return this.#guard.library;
  }

  create(name: string, source: ByteSource, options: NodeCallOptions = {}): Promise<ObjectInfo> {
    return this.#run(`creating ${name}`, options, async () => {
      assertObjectName(name);
      await this.#guard.verify();
      if (await this.#isTaken(name)) throw objectExists(name);
      return this.#uploads.run(source, options.signal, (temporary) => this.#publishNew(name, temporary));
    });
  }

  replace(
    name: string,
    ifVersion: string,
    source: ByteSource,
    options: NodeCallOptions = {},
  ): Promise<ObjectInfo> {
    return this.#run(`replacing ${name}`, options, async () => {
      assertObjectName(name);
      await this.#guard.verify();
      await this.#assertVersion(name, ifVersion);
      return this.#uploads.run(source, options.signal, (temporary) =>
        this.#locks.run(name, async () => {
          await this.#guard.verify();
          await this.#assertVersion(name, ifVersion);
          await rename(temporary, this.#folders.path(name));
          this.#open.forget(name);
          await this.#folders.sync(parentOf(name));
          return this.#describe(name);
        }),
      );
    });
  }

  read(
    name: string,
    offsetBytes: number,
    lengthBytes: number,
    options: NodeCallOptions = {},
  ): Promise<Bytes> {
    const warm = this.#readWarm(name, offsetBytes, lengthBytes, options);
    if (warm) return Promise.resolve(warm);
    return this.#runUntilAborted(`reading ${name}`, options, () => {
      assertObjectName(name);
      assertReadRange(offsetBytes, lengthBytes);
      return this.#open.use(name, async (object) => {
        const endBytes = offsetBytes + lengthBytes;
        if (endBytes > object.lengthBytes) throw objectTruncated(name, endBytes, object.lengthBytes);
        const bytes = unclearedBytes(lengthBytes);
        const filled = await readFully(object.handle, bytes, offsetBytes);
        if (filled < lengthBytes) throw objectTruncated(name, endBytes, offsetBytes + filled);
        object.warm.note(offsetBytes, endBytes, this.#now());
        return bytes;
      });
    });
  }

  #readWarm(
    name: string,
    offsetBytes: number,
    lengthBytes: number,
    { signal }: NodeCallOptions,
  ): Bytes | undefined {
    if (this.#closed || signal?.aborted === true) return undefined;
    const object = this.#open.fresh(name);
    return object && this.#warmReads.read(object, offsetBytes, lengthBytes);
  }

  stat(name: string, options: NodeCallOptions = {}): Promise<ObjectInfo | undefined> {
    return this.#runUntilAborted(`looking at ${name}`, options, async () => {
      assertObjectName(name);
      await this.#guard.verify();
      return this.#statObject(name);
    });
  }

  async *list(prefix: string, options: NodeCallOptions = {}): AsyncIterable<ObjectInfo> {
    const what = 'listing objects';
    await this.#run(what, options, async () => {
      assertNamePrefix(prefix);
      await this.#guard.verify();
    });
    const folder = parentOf(`${prefix}.`);
    try {
      if (folder === '' || (await this.#folders.exists(folder))) {
        yield* walkObjects(this.#root, folder, prefix, options.signal);
      }
    } catch (error) {
      throw await this.#fault(error, what, options);
    }
    // A disk that went away meanwhile looks like folders that were deleted.
    await this.#run(what, options, () => this.#guard.verify());
  }

  delete(name: string, options: NodeCallOptions = {}): Promise<void> {
    return this.#run(`deleting ${name}`, options, async () => {
      assertObjectName(name);
      await this.#guard.verify();
      const folder = parentOf(name);
      await this.#locks.run(name, async () => {
        if (!(await this.#folders.exists(folder))) return;
        const path = this.#folders.path(name);
        const stats = await lstatOrAbsent(path);
        if (!stats || stats.isDirectory()) return;
        await unlinkIfPresent(path);
        this.#open.forget(name);
        await this.#folders.prune(folder);
      });
    });
  }

  free(options: NodeCallOptions = {}): Promise<NodeSpace> {
    return this.#runUntilAborted('asking for free space', options, async () => {
      await this.#guard.verify();
      const { bavail, blocks, bsize } = await statfs(this.#root);
      return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
    });
  }

  removeTemporary(olderThanMs: number, options: NodeCallOptions = {}): Promise<number> {
    return this.#run('removing temporary files', options, async () => {
      await this.#guard.verify();
      return this.#uploads.removeOlderThan(this.#now() - olderThanMs, options.signal);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#open.clear();
  }

  async #publishNew(name: string, temporary: string): Promise<ObjectInfo> {
    const folder = parentOf(name);
    for (let attempt = 1; ; attempt++) {
      await this.#guard.verify();
      try {
        await this.#folders.ensure(folder);
        await this.#giveName(temporary, name);
        break;
      } catch (error) {
        // A delete beside us may have removed a folder because it was empty.
        if (!isAbsent(error) || attempt === MAX_FOLDER_ATTEMPTS) throw error;
        this.#folders.forget(folder);
      }
    }
    this.#open.forget(name);
    try {
      // Another create may have made the folder again in the meantime, and not have synchronised it yet.
      if (!this.#folders.isDurable(folder)) await this.#folders.ensure(folder);
      await this.#folders.sync(folder);
    } catch (error) {
      await unlinkIfPresent(this.#folders.path(name));
      throw error;
    }
    return this.#describe(name);
  }

  async #giveName(temporary: string, name: string): Promise<void> {
    const target = this.#folders.path(name);
    if (this.#hardLinks) {
      const outcome = await linkIfFree(temporary, target);
      if (outcome === 'taken') throw objectExists(name);
      if (outcome === 'done') return;
      this.#hardLinks = false;
    }
    // Without links only this process is kept from overwriting. Another server that writes the same name
    // writes the same bytes: a name holds asset, layout and column.
    await this.#locks.run(name, async () => {
      if (await lstatOrAbsent(target)) throw objectExists(name);
      await rename(temporary, target);
    });
  }

  async #assertVersion(name: string, ifVersion: string): Promise<void> {
    const info = await this.#statObject(name);
    if (!info) throw objectMissing(name);
    if (info.version !== ifVersion) throw versionMismatch(name);
  }

  /** Whatever it is that has the name. */
  async #isTaken(name: string): Promise<boolean> {
    if (!(await this.#folders.exists(parentOf(name)))) return false;
    return (await lstatOrAbsent(this.#folders.path(name))) !== undefined;
  }

  async #statObject(name: string): Promise<ObjectInfo | undefined> {
    if (!(await this.#folders.exists(parentOf(name)))) return undefined;
    const stats = await lstatOrAbsent(this.#folders.path(name));
    return stats?.isFile() === true ? describeFile(name, stats) : undefined;
  }

  async #describe(name: string): Promise<ObjectInfo> {
    const info = await this.#statObject(name);
    if (!info) throw objectMissing(name);
    return info;
  }

  /** For calls that look only: an abort does not wait for a disk that hangs. */
  #runUntilAborted<T>(what: string, options: NodeCallOptions, work: () => Promise<T>): Promise<T> {
    return this.#run(what, options, () => untilAborted(work(), options.signal));
  }

  async #run<T>(what: string, options: NodeCallOptions, work: () => Promise<T>): Promise<T> {
    options.signal?.throwIfAborted();
    if (this.#closed) throw new ClefError('node-offline', `node ${this.id} is closed`);
    try {
      return await work();
    } catch (error) {
      throw await this.#fault(error, what, options);
    }
  }

  /** What the caller gets to see of an error. */
  async #fault(error: unknown, what: string, { signal }: NodeCallOptions): Promise<unknown> {
    if (error instanceof SourceFault) return error.cause;
    if (signal?.aborted === true && error === signal.reason) return error;
    if (isAbsent(error)) {
      try {
        await this.#guard.verify();
      } catch (offline) {
        return offline;
      }
    }
    return asNodeFault(error, `${what} on node ${this.id}`);
  }
}

const MAX_FOLDER_ATTEMPTS = 10;

async function unlinkIfPresent(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

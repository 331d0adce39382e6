import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, lstat, open, realpath, stat } from 'node:fs/promises';
import { ClefError } from '../../core/index.ts';
import { joinPath } from '../scan/path-key.ts';
import { isSameState } from '../scan/stamp.ts';
import { type FileSystem, fileSystemOf, type FileSystemType, systemFileSystemType } from './file-systems.ts';
import { listLocalFolder } from './local-list.ts';
import type { FileState, SourceTree, TreeFile } from './port.ts';
import { isGone, systemReason } from './system-error.ts';

/**
 * Without waiting, since a pipe that took the place of a file would never open; and not through a link that
 * was put there after the scan, since nobody checked where it leads.
 */
const READ_NO_LINK = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
const READ = constants.O_RDONLY | constants.O_NONBLOCK;

async function resolved(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch {
    return folder;
  }
}

function contains(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(outer.endsWith('/') ? outer : `${outer}/`);
}

async function realRoot(root: string): Promise<string> {
  try {
    const real = await realpath(root);
    if ((await stat(real)).isDirectory()) return real;
  } catch (cause) {
    throw new ClefError('source-missing', `the music folder cannot be opened: ${systemReason(cause)}`, {
      cause,
    });
  }
  throw new ClefError('source-missing', 'the music folder is a file, not a folder');
}

async function assertApart(root: string, reserved: readonly string[]): Promise<void> {
  for (const folder of reserved) {
    const own = await resolved(folder);
    if (contains(own, root)) {
      throw new ClefError(
        'config-invalid',
        'the music folder lies inside a folder that Clef keeps its own data in; music and data need folders apart',
      );
    }
    if (contains(root, own)) {
      throw new ClefError(
        'config-invalid',
        'a folder that Clef keeps its own data in lies inside the music folder; music and data need folders apart',
      );
    }
  }
}

/**
 * A folder of this machine, or of what is mounted on it. `reserved` are folders of Clef's own (data, storage nodes): a
 * source in one of them, or around one, would import what Clef itself writes.
 */
export async function openLocalTree(
  root: string,
  reserved: readonly string[],
  fileSystemType: FileSystemType = systemFileSystemType,
): Promise<SourceTree> {
  const real = await realRoot(root);
  await assertApart(real, reserved);
  const top = Buffer.from(real);
  const devices = new Map<bigint, Promise<FileSystem | 'plain' | undefined>>();
  const absolute = (path: Buffer): Buffer => joinPath(top, path);

  /** What a device in the source is, as other disks and shares may be mounted inside; undefined where it does not say. */
  function fileSystemAt(device: bigint, somePath: Buffer): Promise<FileSystem | 'plain' | undefined> {
    let known = devices.get(device);
    known ??= fileSystemType(somePath).then(
      (type) => fileSystemOf(type) ?? 'plain',
      () => undefined,
    );
    devices.set(device, known);
    return known;
  }

  /** Whether `device:inode` names a file from one scan to the next. */
  async function inodesLast(device: bigint, somePath: Buffer): Promise<boolean> {
    const found = await fileSystemAt(device, somePath);
    return found === 'plain' || found?.inodesPass === false;
  }

  async function hasOwnClock(device: bigint, somePath: Buffer): Promise<boolean> {
    const found = await fileSystemAt(device, somePath);
    return found === 'plain' || found?.isShared === false;
  }

  async function stateOf(found: BigIntStats, path: Buffer): Promise<FileState> {
    return {
      lengthBytes: Number(found.size),
      modifiedNs: found.mtimeNs.toString(),
      deviceAndInode: (await inodesLast(found.dev, path)) ? identityOf(found) : '',
    };
  }

  return {
    async list(folder) {
      return ifThere(async () => {
        const path = absolute(folder);
        const { dev, ino } = await stat(path, { bigint: true });
        return {
          identity: `${dev}:${ino}`,
          hasOwnClock: await hasOwnClock(dev, path),
          entries: await listLocalFolder(top, path),
        };
      });
    },

    async look(at) {
      return ifThere(async () => {
        const path = absolute(at);
        const found = await lstat(path, { bigint: true });
        if (found.isFile()) return { kind: 'file', state: await stateOf(found, path) };
        return { kind: found.isDirectory() ? 'folder' : found.isSymbolicLink() ? 'link' : 'other' };
      });
    },

    async lookAtFile(at, isLink) {
      return ifThere(async () => {
        const path = absolute(at);
        const found = isLink ? await stat(path, { bigint: true }) : await lstat(path, { bigint: true });
        return found.isFile() ? stateOf(found, path) : undefined;
      });
    },

    async open(at, isLink) {
      return ifThere(async () => {
        const path = absolute(at);
        const handle = await open(path, isLink ? READ : READ_NO_LINK);
        try {
          const found = await handle.stat({ bigint: true });
          if (!found.isFile()) throw new ClefError('media-unreadable', 'it is no longer a file');
          return new LocalFile(handle, await stateOf(found, path), (now) => stateOf(now, path));
        } catch (error) {
          await handle.close();
          throw error;
        }
      });
    },

    // A system tells only its administrator.
    isBeingWritten: async () => false,

    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Held open: one and the same file. */
class LocalFile implements TreeFile {
  readonly state: FileState;
  readonly #handle: FileHandle;
  readonly #stateOf: (found: BigIntStats) => Promise<FileState>;

  constructor(handle: FileHandle, state: FileState, stateOf: (found: BigIntStats) => Promise<FileState>) {
    this.#handle = handle;
    this.state = state;
    this.#stateOf = stateOf;
  }

  async read(into: Uint8Array, offsetBytes: number): Promise<number> {
    try {
      let filled = 0;
      while (filled < into.length) {
        const { bytesRead } = await this.#handle.read(
          into,
          filled,
          into.length - filled,
          offsetBytes + filled,
        );
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return filled;
    } catch (error) {
      throw unreadable(error);
    }
  }

  async isUnchanged(): Promise<boolean> {
    return isSameState(await this.#stateOf(await this.#handle.stat({ bigint: true })), this.state);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

/**
 * The birth time tells a renamed file from another that was given the inode of a deleted one; without it
 * (not every file system has it) the number alone says too little.
 */
function identityOf(found: BigIntStats): string {
  return found.birthtimeNs > 0n ? `${found.dev}:${found.ino}:${found.birthtimeNs}` : '';
}

function unreadable(error: unknown): ClefError {
  if (error instanceof ClefError) return error;
  return new ClefError('media-unreadable', systemReason(error), { cause: error });
}

async function ifThere<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isGone(error)) return undefined;
    throw unreadable(error);
  }
}

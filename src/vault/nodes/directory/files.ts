import { type BigIntStats, constants, read } from 'node:fs';
import { type FileHandle, link, open, unlink } from 'node:fs/promises';
import { errnoOf } from './faults.ts';

// Windows has neither flag; there the bits are zero.
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const NO_BLOCK = constants.O_NONBLOCK ?? 0;
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW;

export const FILE_MODE = 0o600;
export const FOLDER_MODE = 0o700;

export interface RegularFile {
  readonly handle: FileHandle;
  readonly stats: BigIntStats;
}

/** Opens a regular file for reading; undefined where the path leads to a link, a folder, a pipe or a device. */
export async function openRegularFile(path: string): Promise<RegularFile | undefined> {
  let handle: FileHandle;
  try {
    // Without O_NONBLOCK a planted pipe would hold a thread for ever.
    handle = await open(path, constants.O_RDONLY | NO_FOLLOW | NO_BLOCK);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ELOOP' || errno === 'EMLINK' || errno === 'EISDIR' || errno === 'ENXIO') return undefined;
    throw error;
  }
  try {
    const stats = await handle.stat({ bigint: true });
    if (stats.isFile()) return { handle, stats };
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return undefined;
}

export function openNewFile(path: string): Promise<FileHandle> {
  return open(path, NEW_FILE, FILE_MODE);
}

/** `write` may take less than it was given. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, offset, bytes.length - offset);
    offset += bytesWritten;
  }
}

/**
 * Fills the buffer from a position of the file; returns how many bytes there were. Through callbacks: a
 * FileHandle's own read costs a quarter more CPU at 256 KiB.
 */
export function readFully(handle: FileHandle, into: Uint8Array, offsetBytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let filled = 0;
    const readOn = (): void => {
      read(handle.fd, into, filled, into.length - filled, offsetBytes + filled, (error, bytesRead) => {
        filled += bytesRead ?? 0;
        if (error) reject(error);
        else if (bytesRead === 0 || filled === into.length) resolve(filled);
        else readOn();
      });
    };
    readOn();
  });
}

/** FAT, exFAT and some network file systems have no hard links. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** Gives a finished file its name, atomically, unless the name is taken. */
export async function linkIfFree(temporary: string, target: string): Promise<'done' | 'taken' | 'no-links'> {
  try {
    await link(temporary, target);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EEXIST') return 'taken';
    if (errno !== undefined && NO_LINKS.has(errno)) return 'no-links';
    throw error;
  }
  await unlink(temporary);
  return 'done';
}

/** Where folders cannot be synchronised, their entries are as durable as the file system makes them. */
const NO_FOLDER_SYNC = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EISDIR']);
const WINDOWS_NO_FOLDER_SYNC = new Set(['EPERM', 'EACCES', 'EBADF']);

/** Makes the entries of a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const handle = await open(path, constants.O_RDONLY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    const errno = errnoOf(error) ?? '';
    if (NO_FOLDER_SYNC.has(errno)) return;
    if (process.platform === 'win32' && WINDOWS_NO_FOLDER_SYNC.has(errno)) return;
    throw error;
  }
}

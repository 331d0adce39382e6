import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ClefError } from '../../core/index.ts';

/** Files here are memory: Linux mounts a tmpfs there for POSIX shared memory, shm_overview(7). */
const MEMORY_FOLDER = '/dev/shm';
/** statfs(2), `f_type` of a tmpfs. */
const TMPFS_MAGIC = 0x01021994;
/** Below this what failed may have failed for want of room. */
const LEAST_FREE_BYTES = 16 * 2 ** 20;

/** Undefined where this system has no folder that is memory. */
export async function memoryFolder(): Promise<string | undefined> {
  try {
    return (await statfs(MEMORY_FOLDER)).type === TMPFS_MAGIC ? MEMORY_FOLDER : undefined;
  } catch {
    return undefined;
  }
}

export async function freeBytesIn(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** For who finds out that there is no room, before or after the fact. */
export async function assertRoom(folder: string, lengthBytes = 0): Promise<void> {
  if ((await freeBytesIn(folder)) >= lengthBytes + LEAST_FREE_BYTES) return;
  throw new ClefError('not-ready', `${folder} has too little room to make a rendition of this track now`);
}

/**
 * A file without a name in memory: a child process can seek in it, which it cannot in a pipe, and it is gone with
 * the last process that holds it.
 */
export async function openSpool(folder: string): Promise<FileHandle> {
  const path = join(folder, `clef-${randomBytes(16).toString('hex')}`);
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const handle = await open(path, flags, 0o600);
  try {
    await unlink(path);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return handle;
}

/** `media-unreadable` unless there are exactly as many bytes as were told. */
export async function fillSpool(
  spool: FileHandle,
  plaintext: AsyncIterable<Uint8Array>,
  lengthBytes: number,
): Promise<void> {
  let written = 0;
  for await (const piece of plaintext) {
    for (let from = 0; from < piece.length; ) {
      // At a position, so that the child, who shares this descriptor's own, begins at the beginning.
      const { bytesWritten } = await spool.write(piece, from, piece.length - from, written);
      from += bytesWritten;
      written += bytesWritten;
    }
  }
  if (written !== lengthBytes) {
    throw new ClefError('media-unreadable', `it has ${written} bytes, expected ${lengthBytes}`);
  }
}

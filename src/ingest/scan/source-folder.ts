import { realpath, stat, statfs } from 'node:fs/promises';
import { ClefError } from '../../core/index.ts';
import { systemReason } from './system-error.ts';

/** statfs(2) types whose inode numbers may change from mount to mount: FUSE, SMB, CIFS, 9p, FAT, exFAT. */
const PASSING_INODES: ReadonlySet<number> = new Set([
  0x65735546, 0xfe534d42, 0xff534d42, 0x517b, 0x01021997, 0x4d44, 0x2011bab0,
]);

/** A source's root as it lies on the disk now. */
export interface SourceFolder {
  /** Absolute, every link resolved. */
  readonly root: Buffer;
  /** Whether `device:inode` names a file from one scan to the next. */
  inodesLast(device: bigint, somePath: Buffer): Promise<boolean>;
}

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

/**
 * `reserved` are folders of Clef's own (data, storage nodes): a source in one of them, or around one,
 * would import what Clef itself writes.
 */
export async function openSourceFolder(root: string, reserved: readonly string[]): Promise<SourceFolder> {
  let real: string;
  try {
    real = await realpath(root);
    const found = await stat(real);
    if (!found.isDirectory())
      throw new ClefError('source-missing', 'the music folder is a file, not a folder');
  } catch (error) {
    if (error instanceof ClefError) throw error;
    throw new ClefError('source-missing', `the music folder cannot be opened: ${systemReason(error)}`, {
      cause: error,
    });
  }
  for (const folder of reserved) {
    const own = await resolved(folder);
    if (contains(own, real)) {
      throw new ClefError(
        'config-invalid',
        'the music folder lies inside a folder that Clef keeps its own data in; music and data need folders apart',
      );
    }
    if (contains(real, own)) {
      throw new ClefError(
        'config-invalid',
        'a folder that Clef keeps its own data in lies inside the music folder; music and data need folders apart',
      );
    }
  }
  const lasting = new Map<bigint, Promise<boolean>>();
  return {
    root: Buffer.from(real),
    inodesLast(device, somePath) {
      let known = lasting.get(device);
      known ??= statfs(somePath).then(
        (found) => !PASSING_INODES.has(found.type),
        () => false,
      );
      lasting.set(device, known);
      return known;
    },
  };
}

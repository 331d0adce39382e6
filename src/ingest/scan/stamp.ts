import type { BigIntStats } from 'node:fs';
import type { FileStamp } from '../../catalog/index.ts';
import type { SourceFolder } from './source-folder.ts';

/**
 * The birth time tells a renamed file from another that was given the inode of a deleted one; without it
 * (not every file system has it) the number alone says too little.
 */
function identityOf(found: BigIntStats): string {
  return found.birthtimeNs > 0n ? `${found.dev}:${found.ino}:${found.birthtimeNs}` : '';
}

export async function stampOf(
  source: SourceFolder,
  found: BigIntStats,
  path: Buffer,
  sidecars: string,
): Promise<FileStamp> {
  const lasting = await source.inodesLast(found.dev, path);
  return {
    lengthBytes: Number(found.size),
    modifiedNs: found.mtimeNs.toString(),
    deviceAndInode: lasting ? identityOf(found) : '',
    sidecars,
  };
}

/** Device numbers change when a disk is mounted again, so the rest is compared. */
function withoutDevice(identity: string): string {
  return identity.slice(identity.indexOf(':') + 1);
}

/** Whether both may be the same file: unknown identities contradict nothing. */
export function isSameInode(a: FileStamp, b: FileStamp): boolean {
  if (a.deviceAndInode === '' || b.deviceAndInode === '') return true;
  return withoutDevice(a.deviceAndInode) === withoutDevice(b.deviceAndInode);
}

/** Whether both are known to be the same file, whatever is in it. */
export function isKnownInode(a: FileStamp, b: FileStamp): boolean {
  return a.deviceAndInode !== '' && b.deviceAndInode !== '' && isSameInode(a, b);
}

/** Nothing speaks for the file's bytes having changed; its sidecars may have. */
export function isSameContent(a: FileStamp, b: FileStamp): boolean {
  return a.lengthBytes === b.lengthBytes && a.modifiedNs === b.modifiedNs && isSameInode(a, b);
}

export function isSameStamp(a: FileStamp, b: FileStamp): boolean {
  return isSameContent(a, b) && a.sidecars === b.sidecars;
}

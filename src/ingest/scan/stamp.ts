import type { FileStamp } from '../../catalog/index.ts';
import type { FileState } from '../sources/port.ts';

/** Device numbers change when a disk is mounted again, so the rest is compared. */
function withoutDevice(identity: string): string {
  return identity.slice(identity.indexOf(':') + 1);
}

/** Whether both may be the same file: unknown identities contradict nothing. */
export function isSameInode(a: FileState, b: FileState): boolean {
  if (a.deviceAndInode === '' || b.deviceAndInode === '') return true;
  return withoutDevice(a.deviceAndInode) === withoutDevice(b.deviceAndInode);
}

/** Whether both are known to be the same file, whatever is in it. */
export function isKnownInode(a: FileState, b: FileState): boolean {
  return a.deviceAndInode !== '' && b.deviceAndInode !== '' && isSameInode(a, b);
}

/** Nothing speaks for the file's bytes having changed; its sidecars may have. */
export function isSameState(a: FileState, b: FileState): boolean {
  return a.lengthBytes === b.lengthBytes && a.modifiedNs === b.modifiedNs && isSameInode(a, b);
}

export function isSameStamp(a: FileStamp, b: FileStamp): boolean {
  return isSameState(a, b) && a.sidecars === b.sidecars;
}

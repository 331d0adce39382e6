import { ClefError } from '../../core/index.ts';

const SENTENCES: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOENT: 'it is not there any more',
  ENOTDIR: 'it is not there any more',
  EIO: 'the disk failed to read it',
  ELOOP: 'its links go round in a circle',
  ENAMETOOLONG: 'its whole path is too long for the system',
  ESTALE: 'the share it lies on has changed',
  EHOSTDOWN: 'the share it lies on cannot be reached',
  ENOTCONN: 'the share it lies on cannot be reached',
  ETIMEDOUT: 'the share it lies on does not answer',
  EBUSY: 'another program keeps it to itself',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
};

/** The errno name of a failed file-system call. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'syscall' in error
    ? error.code
    : undefined;
}

/** Why a file-system call failed, without the path that Node puts into its messages. */
export function systemReason(error: unknown): string {
  const code = systemCode(error);
  if (code === undefined) return error instanceof ClefError ? error.message : 'it could not be read';
  return reasonOf(code);
}

/** Of an errno name. */
export function reasonOf(errno: string | undefined): string {
  return SENTENCES[errno ?? ''] ?? `the system answered ${errno}`;
}

export function isGone(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

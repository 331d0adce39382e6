import { isAbsentOnShare, SmbFault, type SmbFolder } from '../../../smb/index.ts';

/** Nothing may have an object's name any more but a temporary file, which is to stay. */
export class LastCopyFault extends Error {
  constructor(cause: unknown) {
    super('an object could not be given its name back', { cause });
  }
}

/**
 * The library removes a file of that name before it renames the new one. Where it came half way, or may have, the rest is
 * done here, on another connection where one broke.
 */
export async function renameOnShare(root: SmbFolder, temporary: string, path: string): Promise<void> {
  try {
    await root.rename(temporary, path);
  } catch (fault) {
    if (!mayBeHalfDone(fault)) throw fault;
    // It has the name already.
    if (!(await isThere(root, temporary))) return;
    // Somebody had it open for all this time.
    if (isTaken(fault) && (await isThere(root, path))) throw fault;
    await root.rename(temporary, path);
  }
}

/** Puts the file in an object's place. A LastCopyFault where that may be without any file now. */
export async function exchangeOnShare(root: SmbFolder, temporary: string, path: string): Promise<void> {
  try {
    await renameOnShare(root, temporary, path);
  } catch (fault) {
    if (await isThere(root, path).catch(() => false)) throw fault;
    throw new LastCopyFault(fault);
  }
}

function mayBeHalfDone(fault: unknown): boolean {
  return fault instanceof SmbFault && (fault.kind === 'away' || fault.kind === 'silent' || isTaken(fault));
}

function isTaken(fault: unknown): boolean {
  return fault instanceof SmbFault && fault.errno === 'EEXIST';
}

async function isThere(root: SmbFolder, path: string): Promise<boolean> {
  try {
    await root.stat(path);
    return true;
  } catch (error) {
    if (isAbsentOnShare(error)) return false;
    throw error;
  }
}

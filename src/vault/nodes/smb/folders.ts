import { isAbsentOnShare, SmbFault, type SmbFolder } from '../../../smb/index.ts';

/** Makes a folder and those above it, where they are not there. */
export async function makeFolders(root: SmbFolder, path: string): Promise<void> {
  const segments = path === '' ? [] : path.split('/');
  for (let depth = 1; depth <= segments.length; depth++) {
    try {
      await root.mkdir(segments.slice(0, depth).join('/'));
    } catch (error) {
      if (!(error instanceof SmbFault) || error.errno !== 'EEXIST') throw error;
    }
  }
}

/** Removes a folder and those above it, as long as they are empty. */
export async function pruneFolders(root: SmbFolder, path: string): Promise<void> {
  for (let folder = path; folder !== ''; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    try {
      await root.rmdir(folder);
    } catch (error) {
      // Not empty is the usual end; whatever else prevents it leaves an empty folder, which harms nobody.
      if (error instanceof SmbFault && error.kind === 'call' && !isAbsentOnShare(error)) return;
      if (!isAbsentOnShare(error)) throw error;
    }
  }
}

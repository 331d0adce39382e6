import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Mounts a file system of a few bytes at a folder, or says why it cannot. With CI=true it must be possible.
 * The caller unmounts it.
 */
export async function mountSmallDisk(
  folder: string,
  sizeBytes: number,
): Promise<{ readonly unmount: () => Promise<void> } | { readonly skipped: string }> {
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes},mode=0700`, 'clef-test', folder]);
  } catch (error) {
    if (process.env['CI'] === 'true') throw error;
    return { skipped: 'mounting a small tmpfs needs Linux and root' };
  }
  return {
    unmount: async () => {
      await run('umount', [folder]);
    },
  };
}

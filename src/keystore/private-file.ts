import { randomBytes } from 'node:crypto';
import { access, chmod, link, mkdir, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ClefError } from '../core/index.ts';

const OWNER_ONLY = 0o600;
const OWNER_ONLY_FOLDER = 0o700;
/** No key file comes near this; a larger one is not a key file. */
const MAX_PRIVATE_FILE_BYTES = 1 << 20;
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'ENOSYS']);

/** Windows keeps access lists instead of mode bits; there the folder's own list protects the file. */
const hasModeBits = process.platform !== 'win32';

export interface WriteOptions {
  /** `refuse` fails with EEXIST where the name is taken: a key is never overwritten by accident. */
  readonly existing: 'replace' | 'refuse';
}

/** Readable by its owner only, complete or absent whatever happens, and on disk when this returns. */
export async function writePrivateFile(
  path: string,
  content: Uint8Array | string,
  { existing }: WriteOptions,
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  const file = await open(temporary, 'wx', OWNER_ONLY);
  try {
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await (existing === 'replace' ? rename : renameToFree)(temporary, path);
  } finally {
    // After a rename there is nothing left under the temporary name.
    await unlink(temporary).catch(ignoreMissing);
  }
  await syncFolder(folder);
}

/** Fails with EEXIST where the name is taken; on file systems without links (FAT) a race could still overwrite. */
async function renameToFree(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!NO_LINKS.has(codeOf(error))) throw error;
    await access(to).then(
      () => Promise.reject(error),
      (missing: unknown) => (isMissing(missing) ? rename(from, to) : Promise.reject(missing)),
    );
  }
}

export interface ReadOptions {
  /** Names the file in messages. */
  readonly what: string;
  /**
   * `refuse` is `key-exposed` where others may read or change the file: its keys may be known to them, so
   * nothing goes on as if they were not. `accept` is for what a passphrase protects, a stick without modes included.
   */
  readonly exposed: 'refuse' | 'accept';
  /** Default 1 MiB. */
  readonly maxBytes?: number;
}

/** Undefined where there is no such file. */
export async function readPrivateFile(
  path: string,
  { what, exposed, maxBytes = MAX_PRIVATE_FILE_BYTES }: ReadOptions,
): Promise<string | undefined> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new ClefError('data-invalid', `${what} cannot be opened (${codeOf(error)})`, { cause: error });
  }
  try {
    const { mode, size } = await file.stat();
    if (exposed === 'refuse' && hasModeBits && (mode & 0o077) !== 0) {
      const found = (mode & 0o777).toString(8).padStart(3, '0');
      throw new ClefError(
        'key-exposed',
        `${what} can be read or changed by other users of this machine: its mode is ${found}, expected 600 (chmod 600)`,
      );
    }
    if (size > maxBytes) throw new ClefError('data-invalid', `${what} is not one: ${size} bytes`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** A folder only its owner may enter; fails with EEXIST where the name is taken. */
export async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { mode: OWNER_ONLY_FOLDER });
  if (hasModeBits) await chmod(path, OWNER_ONLY_FOLDER);
}

/** Makes names in the folder survive a power cut. Where folders cannot be opened there is nothing to do. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

function ignoreMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}

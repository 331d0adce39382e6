import { open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Database, isCatalogFile } from '../../catalog/sql/index.ts';
import { ClefError } from '../../core/index.ts';
import type { DataFolder } from '../data-folder.ts';

/** To write to. Made where it is not there, for nobody else to read; `usage` for a file of something else, which stays as it is. */
export async function openNewDump(path: string): Promise<Database> {
  const file = resolve(path);
  try {
    const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (found && !found.isFile())
      throw new ClefError('usage', 'a dump is a file; there is something else of this name');
    if (found && found.size > 0) assertDump(file, '; name one that is not there yet');
    await using handle = await open(file, 'a', 0o600);
    // It may have been there, for others to read.
    await handle.chmod(0o600);
  } catch (cause) {
    throw unusable('made', cause);
  }
  return Database.open({ file });
}

/** To read from. `usage` for a file of something else, which stays as it is; `data-invalid` where it is not whole, or of another library. */
export async function openDump(path: string, data: DataFolder): Promise<Database> {
  const file = resolve(path);
  try {
    // Opening one that is not there would make one.
    if (!(await stat(file)).isFile()) throw new ClefError('usage', 'this is no file');
  } catch (cause) {
    throw unusable('read', cause);
  }
  assertDump(file, '');
  const database = await Database.open({ file });
  try {
    await assertWhole(database, data);
    return database;
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}

function assertDump(file: string, advice: string): void {
  if (!isCatalogFile(file)) throw new ClefError('usage', `this file is no dump of a catalogue${advice}`);
}

function unusable(what: string, cause: unknown): unknown {
  if (cause instanceof ClefError) return cause;
  const { code } = cause as NodeJS.ErrnoException;
  return new ClefError('usage', `the dump cannot be ${what} (${code})`, { cause });
}

/** The library's own row is the last that is written. */
async function assertWhole({ db }: Database, { identity }: DataFolder): Promise<void> {
  const libraries = await db.selectFrom('library').select('id').execute();
  if (libraries.length === 0)
    throw new ClefError(
      'data-invalid',
      'this dump was stopped before its end: run `clef catalog dump` again',
    );
  if (libraries.some(({ id }) => id === identity.libraryId)) return;
  throw new ClefError('data-invalid', 'this dump is of another library than the data folder’s');
}

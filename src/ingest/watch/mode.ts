import { statfs } from 'node:fs/promises';
import { fileSystemOf } from '../sources/file-systems.ts';

/** How a source is kept in step. */
export type WatchMode =
  /** Nobody looks but who is asked to. */
  | { readonly kind: 'off' }
  /** Notification is being asked for. */
  | { readonly kind: 'starting' }
  /** Changes are told as they happen; now and then all of it is looked through, for what nobody told. */
  | { readonly kind: 'notified'; readonly everyMs: number }
  | { readonly kind: 'scheduled'; readonly everyMs: number; readonly reason: string };

/** The type of the file system that a path is on, as statfs(2) gives it. */
export type FileSystemType = (path: string) => Promise<number>;

export const systemFileSystemType: FileSystemType = async (path) => (await statfs(path)).type;

/** Why the system could not tell of all that changes in a folder; undefined where it can. */
export async function whyUnheard(
  root: string,
  fileSystemType: FileSystemType = systemFileSystemType,
): Promise<string | undefined> {
  const type = await fileSystemType(root).catch(() => undefined);
  const found = type === undefined ? undefined : fileSystemOf(type);
  return found?.isShared === true
    ? `it is mounted (${found.name}): this machine hears of no changes that others make`
    : undefined;
}

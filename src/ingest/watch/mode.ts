import { fileSystemOf, type FileSystemType, systemFileSystemType } from '../sources/file-systems.ts';

/** How a source is kept in step. */
export type WatchMode =
  /** Nobody looks but who is asked to. */
  | { readonly kind: 'off' }
  /** Notification is being asked for. */
  | { readonly kind: 'starting' }
  /** Changes are told as they happen; now and then all of it is looked through, for what nobody told. */
  | { readonly kind: 'notified'; readonly everyMs: number }
  | { readonly kind: 'scheduled'; readonly everyMs: number; readonly reason: string };

/** Why the system could not tell of all that changes in a folder; undefined where it can. */
export async function whyUnheard(
  folder: string | Buffer,
  fileSystemType: FileSystemType = systemFileSystemType,
): Promise<string | undefined> {
  const type = await fileSystemType(folder).catch(() => undefined);
  const found = type === undefined ? undefined : fileSystemOf(type);
  return found?.isShared === true
    ? `it is mounted (${found.name}): this machine hears of no changes that others make`
    : undefined;
}

import type { BigIntStats, Dirent } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { isAudioName, isSkippedName } from '../scan/names.ts';
import { joinPath } from '../scan/path-key.ts';
import type { TreeEntry } from './port.ts';
import { isGone, systemReason } from './system-error.ts';

type LinkTarget = 'folder' | 'file' | 'other' | 'outside' | 'scanned-anyway';
type EntryKind = 'folder' | 'file' | 'link' | 'other';

function isBelow(root: Buffer, path: Buffer): boolean {
  return (
    path.length > root.length && path.subarray(0, root.length).equals(root) && path[root.length] === 0x2f
  );
}

/** What is inside the source and has no skipped name on its way is found where it lies, without the link. */
async function followLink(root: Buffer, path: Buffer): Promise<LinkTarget> {
  const target = await realpath(path, { encoding: 'buffer' });
  if (!isBelow(root, target)) return target.equals(root) ? 'scanned-anyway' : 'outside';
  const found = await stat(target);
  const names = target
    .subarray(root.length + 1)
    .toString('latin1')
    .split('/');
  const hidden = names.some((name) => isSkippedName(Buffer.from(name, 'latin1')));
  const last = Buffer.from(names.at(-1) ?? '', 'latin1');
  if (found.isDirectory()) return hidden ? 'folder' : 'scanned-anyway';
  if (!found.isFile()) return 'other';
  return hidden || !isAudioName(last) ? 'file' : 'scanned-anyway';
}

/** Some file systems do not say in a listing what an entry is. */
async function kindOf(entry: Dirent<Buffer>, path: Buffer): Promise<EntryKind> {
  const found: Dirent<Buffer> | BigIntStats =
    entry.isFile() || entry.isDirectory() || entry.isSymbolicLink() || entry.isFIFO() || entry.isSocket()
      ? entry
      : await lstat(path, { bigint: true });
  if (found.isFile()) return 'file';
  if (found.isDirectory()) return 'folder';
  return found.isSymbolicLink() ? 'link' : 'other';
}

async function classify(root: Buffer, folder: Buffer, entry: Dirent<Buffer>): Promise<TreeEntry | undefined> {
  const { name } = entry;
  const path = joinPath(folder, name);
  try {
    let kind: EntryKind | LinkTarget = await kindOf(entry, path);
    const isLink = kind === 'link';
    if (isLink) kind = await followLink(root, path);
    if (kind === 'folder') return { kind, name };
    if (kind === 'outside') return { kind, name };
    if (kind === 'file') return { kind, name, isLink };
    return undefined;
  } catch (error) {
    // A link that leads nowhere stays there to be seen; a file that vanished while we looked does not.
    if (isGone(error) && !entry.isSymbolicLink()) return undefined;
    const reason = isGone(error) ? 'it is a link that leads nowhere' : systemReason(error);
    return { kind: 'unreadable', name, reason };
  }
}

/** Of a folder below a root, both absolute. Rejects with the system's error where it cannot be listed. */
export async function listLocalFolder(root: Buffer, folder: Buffer): Promise<readonly TreeEntry[]> {
  const entries: TreeEntry[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true, encoding: 'buffer' })) {
    if (isSkippedName(entry.name)) continue;
    const known = await classify(root, folder, entry);
    if (known) entries.push(known);
  }
  return entries;
}

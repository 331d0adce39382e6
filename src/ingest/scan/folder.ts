import type { BigIntStats, Dirent } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { coverRank, isAudioName, isLyricsName, isSkippedName, stemOf } from './names.ts';
import { comparePathKeys, encodePathKey, joinPath } from './path-key.ts';
import { isGone, systemReason } from './system-error.ts';

/** A folder cover or a lyrics file, with what tells whether it is the one of last time. */
export interface Sidecar {
  readonly path: Buffer;
  readonly lengthBytes: bigint;
  readonly modifiedNs: bigint;
}

export type FolderEntry =
  | { readonly kind: 'folder'; readonly name: Buffer; readonly sortKey: string }
  | { readonly kind: 'audio'; readonly name: Buffer; readonly sortKey: string; readonly linked: boolean }
  /** Something of this name is there, or may be, and could not be looked at. */
  | { readonly kind: 'unreadable'; readonly name: Buffer; readonly sortKey: string; readonly reason: string }
  | { readonly kind: 'outside'; readonly name: Buffer; readonly sortKey: string };

export interface FolderListing {
  /** In the order of the path keys that they lead to. */
  readonly entries: readonly FolderEntry[];
  readonly cover?: Sidecar;
  /** By the stem of the audio file that they belong to. */
  readonly lyrics: ReadonlyMap<string, Buffer>;
}

type LinkTarget = 'folder' | 'file' | 'other' | 'outside' | 'scanned-anyway';

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

type EntryKind = 'folder' | 'file' | 'link' | 'other';

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

async function classify(
  root: Buffer,
  folder: Buffer,
  entry: Dirent<Buffer>,
): Promise<FolderEntry | undefined> {
  const { name } = entry;
  const path = joinPath(folder, name);
  const key = encodePathKey(name);
  try {
    let kind: EntryKind | LinkTarget = await kindOf(entry, path);
    const linked = kind === 'link';
    if (linked) kind = await followLink(root, path);
    if (kind === 'folder') return { kind: 'folder', name, sortKey: `${key}/` };
    if (kind === 'outside') return { kind: 'outside', name, sortKey: key };
    if (kind === 'file' && isAudioName(name)) return { kind: 'audio', name, sortKey: key, linked };
    return undefined;
  } catch (error) {
    // A link that leads nowhere stays there to be seen; a file that vanished while we looked does not.
    if (isGone(error) && !entry.isSymbolicLink()) return undefined;
    const reason = isGone(error) ? 'it is a link that leads nowhere' : systemReason(error);
    return { kind: 'unreadable', name, sortKey: key, reason };
  }
}

export async function statSidecar(path: Buffer): Promise<Sidecar | undefined> {
  try {
    const found = await stat(path, { bigint: true });
    if (!found.isFile()) return undefined;
    return { path, lengthBytes: found.size, modifiedNs: found.mtimeNs };
  } catch {
    return undefined;
  }
}

async function findCover(folder: Buffer, names: readonly Buffer[]): Promise<Sidecar | undefined> {
  const ranked = names
    .flatMap((name) => {
      const rank = coverRank(name);
      return rank === undefined ? [] : [{ name, rank }];
    })
    .sort((a, b) => a.rank - b.rank || Buffer.compare(a.name, b.name));
  for (const { name } of ranked) {
    const cover = await statSidecar(joinPath(folder, name));
    if (cover && cover.lengthBytes > 0n) return cover;
  }
  return undefined;
}

/** Rejects with the system's error where the folder itself cannot be listed. */
export async function listFolder(root: Buffer, folder: Buffer): Promise<FolderListing> {
  const found = await readdir(folder, { withFileTypes: true, encoding: 'buffer' });
  const seen = found.filter((entry) => !isSkippedName(entry.name));
  const entries: FolderEntry[] = [];
  for (const entry of seen) {
    const plain = entry.isFile() ? isAudioName(entry.name) : true;
    const known = plain ? await classify(root, folder, entry) : undefined;
    if (known) entries.push(known);
  }
  entries.sort((a, b) => comparePathKeys(a.sortKey, b.sortKey));
  // A linked cover could show any picture of this machine; a linked track is checked, these are not.
  const files = seen
    .filter((entry) => !entry.isDirectory() && !entry.isSymbolicLink())
    .map((entry) => entry.name);
  const lyrics = new Map<string, Buffer>();
  for (const name of files) {
    if (isLyricsName(name)) lyrics.set(stemOf(name), joinPath(folder, name));
  }
  const cover = await findCover(folder, files);
  return { entries, ...(cover && { cover }), lyrics };
}

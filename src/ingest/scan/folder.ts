import type { FileState, SourceTree, TreeEntry } from '../sources/port.ts';
import { coverRank, isAudioName, isLyricsName, stemOf } from './names.ts';
import { comparePathKeys, encodePathKey, joinPath } from './path-key.ts';

/** A folder cover or a lyrics file, with what tells whether it is the one of last time. */
export interface Sidecar {
  readonly path: Buffer;
  readonly state: FileState;
}

type Plain = Extract<TreeEntry, { readonly kind: 'file' }>;
export type FolderEntry = (Exclude<TreeEntry, { readonly kind: 'file' }> | Plain) & {
  readonly sortKey: string;
};

export interface FolderListing {
  /** See `TreeFolder`. */
  readonly identity: string;
  readonly hasOwnClock: boolean;
  /** In the order of the path keys that they lead to; of files only those that are named like audio. */
  readonly entries: readonly FolderEntry[];
  readonly cover?: Sidecar;
  /** By the stem of the audio file that they belong to. */
  readonly lyrics: ReadonlyMap<string, Plain>;
}

export async function lookAtSidecar(
  tree: SourceTree,
  folder: Buffer,
  { name, state: listed }: Plain,
): Promise<Sidecar | undefined> {
  const path = joinPathBelow(folder, name);
  const state = listed ?? (await tree.lookAtFile(path, false));
  return state && { path, state };
}

async function findCover(
  tree: SourceTree,
  folder: Buffer,
  files: readonly Plain[],
): Promise<Sidecar | undefined> {
  const ranked = files
    .flatMap((file) => {
      const rank = coverRank(file.name);
      return rank === undefined ? [] : [{ file, rank }];
    })
    .sort((a, b) => a.rank - b.rank || Buffer.compare(a.file.name, b.file.name));
  for (const { file } of ranked) {
    const cover = await lookAtSidecar(tree, folder, file);
    if (cover && cover.state.lengthBytes > 0) return cover;
  }
  return undefined;
}

/** Undefined where there is no such folder; rejects as the tree does where it cannot be listed. */
export async function listFolder(tree: SourceTree, folder: Buffer): Promise<FolderListing | undefined> {
  const found = await tree.list(folder);
  if (!found) return undefined;
  const entries = found.entries
    .filter((entry) => entry.kind !== 'file' || isAudioName(entry.name))
    .map((entry) => {
      const key = encodePathKey(entry.name);
      return { ...entry, sortKey: entry.kind === 'folder' ? `${key}/` : key };
    })
    .sort((a, b) => comparePathKeys(a.sortKey, b.sortKey));
  // A linked cover could show any picture of this machine; a linked track is checked, these are not.
  const files = found.entries.filter((entry) => entry.kind === 'file').filter((entry) => !entry.isLink);
  const lyrics = new Map<string, Plain>();
  for (const file of files) if (isLyricsName(file.name)) lyrics.set(stemOf(file.name), file);
  const cover = await findCover(tree, folder, files);
  const { identity, hasOwnClock } = found;
  return { identity, hasOwnClock, entries, ...(cover && { cover }), lyrics };
}

/** The root is the empty path. */
export function joinPathBelow(folder: Buffer, name: Buffer): Buffer {
  return folder.length === 0 ? name : joinPath(folder, name);
}

import { hash } from 'node:crypto';
import { lstat, stat } from 'node:fs/promises';
import type { FileStamp } from '../../catalog/index.ts';
import { type FolderEntry, type FolderListing, listFolder, type Sidecar, statSidecar } from './folder.ts';
import { isDiscFolder, stemOf, suffixOf } from './names.ts';
import { encodePathKey, joinPath } from './path-key.ts';
import type { SourceFolder } from './source-folder.ts';
import { stampOf } from './stamp.ts';
import { isGone, systemReason } from './system-error.ts';

/** Files whose stamps are asked for at once: enough to hide a share's latency. */
const STATS_AT_ONCE = 64;

export interface ScannedFile {
  readonly pathKey: string;
  /** Absolute. */
  readonly path: Buffer;
  /** Last name of the path. */
  readonly name: Buffer;
  /** Of the name, in lower case; the content may be something else. */
  readonly suffix: string;
  /** Found through a link, which was checked to stay inside of the source. */
  readonly isLink: boolean;
  readonly stamp: FileStamp;
  readonly coverPath?: Buffer;
  readonly lyricsPath?: Buffer;
}

export type ScanEvent =
  | { readonly kind: 'file'; readonly file: ScannedFile }
  /** Nothing can be said about this path, nor about what lies below it. */
  | { readonly kind: 'unreadable'; readonly pathKey: string; readonly reason: string }
  /** There, and left out on purpose. */
  | { readonly kind: 'left-out'; readonly pathKey: string; readonly reason: string };

interface OpenFolder {
  readonly path: Buffer;
  /** Ends in `/`, or is empty for the root. */
  readonly keyPrefix: string;
  /** `device:inode` of this folder and all above: a folder inside itself is a circle. */
  readonly lineage: ReadonlySet<string>;
  readonly listing: FolderListing;
  readonly cover?: Sidecar;
  next: number;
}

function sidecarsOf(cover: Sidecar | undefined, lyrics: Sidecar | undefined): string {
  if (!cover && !lyrics) return '';
  const stamps = [cover, lyrics].map(
    (sidecar) => `${sidecar?.lengthBytes ?? ''}@${sidecar?.modifiedNs ?? ''}`,
  );
  return hash('sha256', stamps.join('|')).slice(0, 16);
}

async function scanFile(
  source: SourceFolder,
  folder: OpenFolder,
  entry: FolderEntry & { kind: 'audio' },
): Promise<ScanEvent | undefined> {
  const path = joinPath(folder.path, entry.name);
  const pathKey = folder.keyPrefix + entry.sortKey;
  try {
    const found = entry.linked ? await stat(path, { bigint: true }) : await lstat(path, { bigint: true });
    if (!found.isFile()) return undefined;
    const lyricsPath = folder.listing.lyrics.get(stemOf(entry.name));
    const lyrics = lyricsPath && (await statSidecar(lyricsPath));
    const file: ScannedFile = {
      pathKey,
      path,
      name: entry.name,
      suffix: suffixOf(entry.name),
      isLink: entry.linked,
      stamp: await stampOf(source, found, path, sidecarsOf(folder.cover, lyrics)),
      ...(folder.cover && { coverPath: folder.cover.path }),
      ...(lyrics && { lyricsPath: lyrics.path }),
    };
    return { kind: 'file', file };
  } catch (error) {
    if (isGone(error)) return undefined;
    return { kind: 'unreadable', pathKey, reason: systemReason(error) };
  }
}

async function openFolder(
  source: SourceFolder,
  parent: OpenFolder | undefined,
  name: Buffer,
): Promise<OpenFolder | 'circle'> {
  const path = parent ? joinPath(parent.path, name) : source.root;
  const found = await stat(path, { bigint: true });
  const identity = `${found.dev}:${found.ino}`;
  if (parent?.lineage.has(identity)) return 'circle';
  const listing = await listFolder(source.root, path);
  const cover = listing.cover ?? (parent && isDiscFolder(name) ? parent.cover : undefined);
  return {
    path,
    keyPrefix: parent ? `${parent.keyPrefix}${encodePathKey(name)}/` : '',
    lineage: new Set([...(parent?.lineage ?? []), identity]),
    listing,
    ...(cover && { cover }),
    next: 0,
  };
}

/** The audio entries from `folder.next` on, up to the next one of another kind or the limit. */
function takeFiles(folder: OpenFolder): (FolderEntry & { kind: 'audio' })[] {
  const files: (FolderEntry & { kind: 'audio' })[] = [];
  while (files.length < STATS_AT_ONCE) {
    const entry = folder.listing.entries[folder.next];
    if (entry?.kind !== 'audio') break;
    files.push(entry);
    folder.next += 1;
  }
  return files;
}

/**
 * Every audio file below the root, by path key in the order of its UTF-8 bytes. Holds the listings of one
 * folder and those above it. Rejects only where the root itself cannot be listed, or on abort.
 */
export async function* walkSource(source: SourceFolder, signal?: AbortSignal): AsyncGenerator<ScanEvent> {
  const root = await openFolder(source, undefined, Buffer.alloc(0));
  const open: OpenFolder[] = root === 'circle' ? [] : [root];
  for (let folder = open.at(-1); folder; folder = open.at(-1)) {
    signal?.throwIfAborted();
    const current = folder;
    const events = await Promise.all(takeFiles(current).map((entry) => scanFile(source, current, entry)));
    for (const event of events) if (event) yield event;
    if (events.length > 0) continue;
    const entry = current.listing.entries[current.next];
    current.next += 1;
    if (!entry) {
      open.pop();
      continue;
    }
    const pathKey = current.keyPrefix + encodePathKey(entry.name);
    if (entry.kind === 'unreadable') yield { kind: 'unreadable', pathKey, reason: entry.reason };
    if (entry.kind === 'outside') {
      const reason =
        'it is a link that leads out of the music folder; name the folder it leads to as a source';
      yield { kind: 'left-out', pathKey, reason };
    }
    if (entry.kind !== 'folder') continue;
    try {
      const child = await openFolder(source, current, entry.name);
      if (child === 'circle') {
        yield { kind: 'left-out', pathKey, reason: 'it is a link to a folder that it lies in' };
      } else open.push(child);
    } catch (error) {
      if (!isGone(error)) yield { kind: 'unreadable', pathKey, reason: systemReason(error) };
    }
  }
}

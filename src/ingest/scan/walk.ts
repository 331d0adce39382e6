import { hash } from 'node:crypto';
import type { FileStamp } from '../../catalog/index.ts';
import { ClefError, isClefError } from '../../core/index.ts';
import type { SourceTree } from '../sources/port.ts';
import { type FolderEntry, type FolderListing, joinPathBelow, listFolder, lookAtSidecar } from './folder.ts';
import type { Sidecar } from './folder.ts';
import { isDiscFolder, stemOf, suffixOf } from './names.ts';
import { decodePathKey, encodePathKey } from './path-key.ts';
import { prefixOf, type Scope, WHOLE } from './scope.ts';

/** Files whose stamps are asked for at once: enough to hide a share's latency. */
const STATS_AT_ONCE = 64;

export interface ScannedFile {
  readonly pathKey: string;
  /** Relative to the root. */
  readonly path: Buffer;
  /** Last name of the path. */
  readonly name: Buffer;
  /** Of the name, in lower case; the content may be something else. */
  readonly suffix: string;
  /** Found through a link, which was checked to stay inside of the source. */
  readonly isLink: boolean;
  readonly stamp: FileStamp;
  /** Whether its time is by this machine's clock. */
  readonly hasOwnClock: boolean;
  readonly coverPath?: Buffer;
  readonly lyricsPath?: Buffer;
}

export type ScanEvent =
  | { readonly kind: 'file'; readonly file: ScannedFile }
  /** Nothing can be said about this path, nor about what lies below it. */
  | { readonly kind: 'unreadable'; readonly pathKey: string; readonly reason: string }
  /** There, and left out on purpose. */
  | { readonly kind: 'left-out'; readonly pathKey: string; readonly reason: string };

type AudioEntry = Extract<FolderEntry, { readonly kind: 'file' }>;

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
    (sidecar) => `${sidecar?.state.lengthBytes ?? ''}@${sidecar?.state.modifiedNs ?? ''}`,
  );
  return hash('sha256', stamps.join('|')).slice(0, 16);
}

/** Where one path cannot be looked at; what concerns the whole source is thrown on. */
function unreadable(pathKey: string, error: unknown): ScanEvent {
  if (!isClefError(error, 'media-unreadable')) throw error;
  return { kind: 'unreadable', pathKey, reason: error.message };
}

async function scanFile(
  tree: SourceTree,
  folder: OpenFolder,
  entry: AudioEntry,
): Promise<ScanEvent | undefined> {
  const path = joinPathBelow(folder.path, entry.name);
  const pathKey = folder.keyPrefix + entry.sortKey;
  try {
    const state = entry.state ?? (await tree.lookAtFile(path, entry.isLink));
    if (!state) return undefined;
    const lyricsFile = folder.listing.lyrics.get(stemOf(entry.name));
    const lyrics = lyricsFile && (await lookAtSidecar(tree, folder.path, lyricsFile));
    const file: ScannedFile = {
      pathKey,
      path,
      name: entry.name,
      suffix: suffixOf(entry.name),
      isLink: entry.isLink,
      stamp: { ...state, sidecars: sidecarsOf(folder.cover, lyrics) },
      hasOwnClock: folder.listing.hasOwnClock,
      ...(folder.cover && { coverPath: folder.cover.path }),
      ...(lyrics && { lyricsPath: lyrics.path }),
    };
    return { kind: 'file', file };
  } catch (error) {
    return unreadable(pathKey, error);
  }
}

/** The cover of a disc folder without one lies in the folder above. */
async function coverAbove(tree: SourceTree, path: Buffer): Promise<Sidecar | undefined> {
  const slash = path.lastIndexOf('/');
  if (path.length === 0 || !isDiscFolder(path.subarray(slash + 1))) return undefined;
  const above = path.subarray(0, Math.max(0, slash));
  return (await listFolder(tree, above))?.cover ?? coverAbove(tree, above);
}

/** Where a scan begins. Undefined where there is no such folder, and never for the root. */
async function openTop(tree: SourceTree, scope: Scope): Promise<OpenFolder | undefined> {
  const path = decodePathKey(scope.folder);
  const listing = await listFolder(tree, path);
  if (!listing && path.length === 0)
    throw new ClefError('source-missing', 'the music folder is not there any more');
  if (!listing) return undefined;
  const cover = listing.cover ?? (await coverAbove(tree, path));
  return {
    path,
    keyPrefix: prefixOf(scope),
    lineage: new Set([listing.identity]),
    listing,
    ...(cover && { cover }),
    next: 0,
  };
}

async function openFolder(
  tree: SourceTree,
  parent: OpenFolder,
  name: Buffer,
): Promise<OpenFolder | 'circle' | undefined> {
  const path = joinPathBelow(parent.path, name);
  const listing = await listFolder(tree, path);
  if (!listing) return undefined;
  if (listing.identity !== '' && parent.lineage.has(listing.identity)) return 'circle';
  const cover = listing.cover ?? (isDiscFolder(name) ? parent.cover : undefined);
  return {
    path,
    keyPrefix: `${parent.keyPrefix}${encodePathKey(name)}/`,
    lineage: new Set([...parent.lineage, listing.identity]),
    listing,
    ...(cover && { cover }),
    next: 0,
  };
}

/** The audio entries from `folder.next` on, up to the next one of another kind or the limit. */
function takeFiles(folder: OpenFolder): AudioEntry[] {
  const files: AudioEntry[] = [];
  while (files.length < STATS_AT_ONCE) {
    const entry = folder.listing.entries[folder.next];
    if (entry?.kind !== 'file') break;
    files.push(entry);
    folder.next += 1;
  }
  return files;
}

export interface WalkOptions {
  readonly scope?: Scope;
  readonly signal?: AbortSignal;
}

/**
 * Every audio file below the root, or of a part of the source, by path key in the order of its UTF-8 bytes. Holds the
 * listings of one folder and those above it. Rejects only where the source as a whole cannot be had, or on abort.
 */
export async function* walkSource(
  tree: SourceTree,
  { scope = WHOLE, signal }: WalkOptions = {},
): AsyncGenerator<ScanEvent> {
  const top = await openTop(tree, scope).catch((error: unknown) => {
    // Of the root nothing less is expected than that it can be listed.
    if (scope.folder === '' && isClefError(error, 'media-unreadable'))
      throw new ClefError('source-missing', `the music folder cannot be read: ${error.message}`);
    return unreadable(scope.folder, error);
  });
  if (!top) return;
  if ('kind' in top) {
    yield top;
    return;
  }
  const open: OpenFolder[] = [top];
  for (let folder = open.at(-1); folder; folder = open.at(-1)) {
    signal?.throwIfAborted();
    const current = folder;
    const events = await Promise.all(takeFiles(current).map((entry) => scanFile(tree, current, entry)));
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
    if (entry.kind !== 'folder' || !scope.isDeep) continue;
    try {
      const child = await openFolder(tree, current, entry.name);
      if (child === 'circle') {
        yield { kind: 'left-out', pathKey, reason: 'it is a link to a folder that it lies in' };
      } else if (child) open.push(child);
    } catch (error) {
      yield unreadable(pathKey, error);
    }
  }
}

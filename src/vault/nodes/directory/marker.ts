import type { BigIntStats } from 'node:fs';
import { lstat, mkdir, open, readdir, realpath, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { ClefError, type LibraryId, type NodeId } from '../../../core/index.ts';
import { objectExists } from '../failures.ts';
import { MAX_MARKER_BYTES, markerText, type NodeMarker, parseMarker, TRUST_MS } from '../marker.ts';
import { MARKER_NAME, TEMPORARY_PREFIX } from '../names.ts';
import { asNodeFault, errnoOf } from './faults.ts';
import { FILE_MODE, FOLDER_MODE, linkIfFree, openRegularFile, readFully, syncFolder } from './files.ts';
import { isOnLocalDisk } from './local-disk.ts';
import { versionOf } from './stats.ts';

/** Tells whether the folder is still the node that was mounted there. */
export class MarkerGuard {
  readonly #root: string;
  readonly #now: () => number;
  #expectedId: NodeId | undefined;
  #library: LibraryId | undefined;
  /** Of the marker that was last read and found right. */
  #knownVersion: string | undefined;
  #verifiedAtMs = Number.NEGATIVE_INFINITY;
  #device: bigint | undefined;
  #realRoot: string | undefined;
  #isLocal = false;

  constructor(options: { root: string; expectedId: NodeId | undefined; now: () => number }) {
    this.#root = options.root;
    this.#expectedId = options.expectedId;
    this.#now = options.now;
  }

  /** Undefined until the node was seen for the first time. */
  get device(): bigint | undefined {
    return this.#device;
  }

  /** Of the marker that was last read. */
  get library(): LibraryId | undefined {
    return this.#library;
  }

  /** The folder's path without links; only what lies below it belongs to the node. */
  get realRoot(): string {
    return this.#realRoot ?? this.#root;
  }

  /** Whether the folder lies on a disk of this machine; false until it was seen. */
  get isLocal(): boolean {
    return this.#isLocal;
  }

  /** Looks at the marker now, and reads it where it is not the one that was read before. */
  async verify(): Promise<NodeId> {
    const startedAtMs = this.#now();
    const stats = await this.#statMarker();
    const version = `${stats.dev}-${versionOf(stats)}`;
    if (version !== this.#knownVersion || this.#expectedId === undefined) {
      const { nodeId, library } = await this.#readMarker();
      if (this.#expectedId !== undefined && nodeId !== this.#expectedId) {
        throw this.#offline(`holds node ${nodeId}`);
      }
      this.#realRoot = await this.#resolveRoot();
      this.#isLocal = await isOnLocalDisk(this.#root);
      this.#expectedId = nodeId;
      this.#library = library;
      this.#knownVersion = version;
      this.#device = stats.dev;
    }
    this.#verifiedAtMs = startedAtMs;
    return this.#expectedId;
  }

  /** As `verify`, unless that was done less than `TRUST_MS` ago. */
  async verifyRecently(): Promise<void> {
    const ageMs = this.#now() - this.#verifiedAtMs;
    if (ageMs < 0 || ageMs >= TRUST_MS) await this.verify();
  }

  async #statMarker(): Promise<BigIntStats> {
    try {
      return await lstat(join(this.#root, MARKER_NAME), { bigint: true });
    } catch (error) {
      throw this.#unreadable(error);
    }
  }

  async #readMarker(): Promise<NodeMarker> {
    let text: string | undefined;
    try {
      text = await readMarkerText(join(this.#root, MARKER_NAME));
    } catch (error) {
      throw this.#unreadable(error);
    }
    const marker = text === undefined ? undefined : parseMarker(text);
    if (!marker) throw this.#offline(`holds a damaged ${MARKER_NAME}`);
    return marker;
  }

  async #resolveRoot(): Promise<string> {
    try {
      return await realpath(this.#root);
    } catch (error) {
      throw this.#unreadable(error);
    }
  }

  #unreadable(error: unknown): unknown {
    const errno = errnoOf(error);
    return errno === undefined ? error : this.#offline(`has no readable ${MARKER_NAME} (${errno})`);
  }

  #offline(reason: string): ClefError {
    const who = this.#expectedId === undefined ? 'a storage node' : `node ${this.#expectedId}`;
    return new ClefError('node-offline', `${who} is offline: its folder ${reason}`);
  }
}

/** Undefined for what is no regular file; a longer one is cut, and then no JSON. */
async function readMarkerText(path: string): Promise<string | undefined> {
  const file = await openRegularFile(path);
  if (!file) return undefined;
  const { handle } = file;
  try {
    const bytes = new Uint8Array(MAX_MARKER_BYTES);
    return new TextDecoder().decode(bytes.subarray(0, await readFully(handle, bytes, 0)));
  } finally {
    await handle.close();
  }
}

/**
 * Makes a folder a node. It may be absent or empty, since a folder with other things in it is more likely
 * a mistake; one that is a node already is `node-object-exists`.
 */
export async function writeMarker(root: string, marker: NodeMarker): Promise<void> {
  const path = join(root, MARKER_NAME);
  const temporary = join(root, `${TEMPORARY_PREFIX}${MARKER_NAME}`);
  try {
    await mkdir(root, { recursive: true, mode: FOLDER_MODE });
    const entries = await readdir(root);
    if (entries.includes(MARKER_NAME)) throw objectExists(MARKER_NAME);
    if (!isFreeForNode(entries)) {
      throw new ClefError('data-invalid', 'a new storage node needs an empty folder, and this one is not');
    }
    const handle = await open(temporary, 'w', FILE_MODE);
    try {
      await handle.writeFile(markerText(marker));
      await handle.sync();
    } finally {
      await handle.close();
    }
    const published = await linkIfFree(temporary, path);
    if (published === 'taken') throw objectExists(MARKER_NAME);
    if (published === 'no-links') await rename(temporary, path);
    await syncFolder(root);
  } catch (error) {
    throw asNodeFault(error, `preparing node ${marker.nodeId}`);
  }
}

/** True where a folder holds nothing but what `mkfs` leaves behind, and temporary names of earlier attempts. */
export function isFreeForNode(entries: readonly string[]): boolean {
  return entries.every((entry) => entry === 'lost+found' || entry.startsWith(TEMPORARY_PREFIX));
}

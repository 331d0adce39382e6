import { type Bytes, ClefError, type LibraryId, type NodeId } from '../../core/index.ts';
import {
  folderOfShare,
  isAbsentOnShare,
  type SmbAddress,
  type SmbCredentials,
  SmbFault,
  type SmbFolder,
  SmbShare,
  type SmbStat,
} from '../../smb/index.ts';
import { untilAborted } from '../abort.ts';
import { objectExists, objectMissing, objectTruncated, versionMismatch } from './failures.ts';
import { markerText, type NodeMarker } from './marker.ts';
import { NameLocks } from '../name-locks.ts';
import {
  assertNamePrefix,
  assertObjectName,
  assertReadRange,
  MARKER_NAME,
  TEMPORARY_PREFIX,
} from './names.ts';
import type { ByteSource, NodeCallOptions, NodeSpace, ObjectInfo, StorageNode } from './port.ts';
import { asNodeFault } from './smb/faults.ts';
import { makeFolders, pruneFolders } from './smb/folders.ts';
import { ShareGuard } from './smb/guard.ts';
import { folderOf, pathOf } from './smb/paths.ts';
import { exchangeOnShare, renameOnShare } from './smb/rename.ts';
import { SmbUploads, SourceFault } from './smb/uploads.ts';
import { walkShare } from './smb/walk.ts';

export type { SmbAddress, SmbCredentials } from '../../smb/index.ts';

/** A share to connect to, or one whose connections others use too: it outlives the node. */
export type SmbNodePlace = {
  /** Folder of the share, without slashes around it; '' is its top. */
  readonly path: string;
} & ({ readonly address: SmbAddress; readonly credentials: SmbCredentials } | { readonly share: SmbShare });

export type SmbNodeSettings = SmbNodePlace & {
  /** Anything else found there is offline. With it a node may be opened before its server answers. */
  readonly expectedId?: NodeId;
  /** Default: the server's name. */
  readonly failureDomain?: string;
  /** Milliseconds since 1970; default Date.now. */
  readonly now?: () => number;
  /** A server that says nothing for so long is away. Default 5 s. */
  readonly silentMs?: number;
};

const MAX_FOLDER_ATTEMPTS = 10;
/** Reads of more ask for the object's length first. */
const UNASKED_BYTES = 2 ** 20;

/** `program-missing` where this machine cannot reach shares, whoever answers. */
export async function assertReachesShares(
  place: Extract<SmbNodePlace, { readonly address: SmbAddress }>,
): Promise<void> {
  await using share = new SmbShare(place);
  try {
    await share.assertLibrary();
  } catch (error) {
    throw asNodeFault(error, 'reaching a share');
  }
}

/** Makes an absent or empty folder of a share a storage node. One that holds anything is `data-invalid`, a node `node-object-exists`. */
export async function initSmbNode(place: SmbNodePlace, marker: NodeMarker): Promise<void> {
  await using own = new AsyncDisposableStack();
  const share = 'share' in place ? place.share : own.use(new SmbShare(place));
  const root = folderOfShare(share, place.path);
  try {
    await makeFolders(share, place.path);
    const found = (await Array.fromAsync(root.list(''), ({ name }) => name)).filter(
      (name) => !name.startsWith(TEMPORARY_PREFIX),
    );
    if (found.includes(MARKER_NAME)) throw objectExists(MARKER_NAME);
    if (found.length > 0) {
      throw new ClefError(
        'data-invalid',
        'a new storage node needs an empty folder of a share, and this one is not',
      );
    }
    await new SmbUploads(root).run(textOf(markerText(marker)), undefined, (temporary) =>
      root.rename(temporary, MARKER_NAME),
    );
  } catch (error) {
    throw asNodeFault(error, 'preparing a node');
  }
}

/**
 * Opens the node on a share. Without an expected id it must be there and say who it is, else `node-offline`; with
 * one, a server that does not answer is a node that is offline for now. `program-missing` without Samba's library.
 */
export async function openSmbNode(settings: SmbNodeSettings): Promise<SmbNode> {
  const node = new SmbNode(settings);
  try {
    await node.verify();
  } catch (error) {
    const isAway = error instanceof ClefError && error.code === 'node-offline';
    if (settings.expectedId === undefined || !isAway) {
      await node[Symbol.asyncDispose]();
      throw error;
    }
  }
  return node;
}

/** A storage node on an SMB share, which nobody had to mount. */
export class SmbNode implements StorageNode {
  readonly failureDomain: string;
  readonly #share: SmbShare;
  readonly #ownsShare: boolean;
  readonly #root: SmbFolder;
  readonly #uploads: SmbUploads;
  readonly #guard: ShareGuard;
  readonly #locks = new NameLocks();
  readonly #now: () => number;
  #isClosed = false;

  constructor(settings: SmbNodeSettings) {
    const { path, now = Date.now } = settings;
    this.#ownsShare = !('share' in settings);
    this.#share = 'share' in settings ? settings.share : new SmbShare(settings);
    this.failureDomain = settings.failureDomain ?? `smb:${this.#share.host}`;
    this.#root = folderOfShare(this.#share, path);
    this.#uploads = new SmbUploads(this.#root);
    this.#guard = new ShareGuard(this.#root, settings.expectedId, now);
    this.#now = now;
  }

  get id(): NodeId {
    return this.#guard.id;
  }

  /** The one library that the node was made for; undefined where it is nobody's, or was not seen yet. */
  get library(): LibraryId | undefined {
    return this.#guard.library;
  }

  /** Processes of its connections. */
  get pids(): readonly number[] {
    return this.#share.pids;
  }

  /** Reads the marker now. */
  verify(options: NodeCallOptions = {}): Promise<void> {
    return this.#run('looking for a node', options, () => this.#guard.verify());
  }

  create(name: string, source: ByteSource, options: NodeCallOptions = {}): Promise<ObjectInfo> {
    return this.#run(`creating ${name}`, options, async () => {
      assertObjectName(name);
      await this.#guard.verify();
      if (await this.#statAnything(name)) throw objectExists(name);
      return this.#uploads.run(source, options.signal, (temporary) =>
        // A rename of the library's overwrites: only this process is kept from that. Another server that writes the same
        // name writes the same bytes: a name holds asset, layout and column.
        this.#locks.run(name, async () => {
          await this.#guard.verify();
          if (await this.#statAnything(name)) throw objectExists(name);
          await this.#giveName(temporary, name);
          return this.#describe(name);
        }),
      );
    });
  }

  replace(
    name: string,
    ifVersion: string,
    source: ByteSource,
    options: NodeCallOptions = {},
  ): Promise<ObjectInfo> {
    return this.#run(`replacing ${name}`, options, async () => {
      assertObjectName(name);
      await this.#guard.verify();
      await this.#assertVersion(name, ifVersion);
      return this.#uploads.run(source, options.signal, (temporary) =>
        this.#locks.run(name, async () => {
          await this.#guard.verify();
          await this.#assertVersion(name, ifVersion);
          await exchangeOnShare(this.#root, temporary, pathOf(name));
          return this.#describe(name);
        }),
      );
    });
  }

  read(
    name: string,
    offsetBytes: number,
    lengthBytes: number,
    options: NodeCallOptions = {},
  ): Promise<Bytes> {
    return this.#runUntilAborted(`reading ${name}`, options, async () => {
      assertObjectName(name);
      assertReadRange(offsetBytes, lengthBytes);
      const [bytes] = await Promise.all([
        this.#unlessAbsent(name, () => this.#readRange(name, offsetBytes, lengthBytes)),
        this.#guard.verifyRecently(),
      ]);
      if (!bytes) throw objectMissing(name);
      return bytes;
    });
  }

  stat(name: string, options: NodeCallOptions = {}): Promise<ObjectInfo | undefined> {
    return this.#runUntilAborted(`looking at ${name}`, options, async () => {
      assertObjectName(name);
      await this.#guard.verify();
      return this.#unlessAbsent(name, () => this.#statObject(name));
    });
  }

  async *list(prefix: string, options: NodeCallOptions = {}): AsyncIterable<ObjectInfo> {
    const what = 'listing objects';
    await this.#run(what, options, async () => {
      assertNamePrefix(prefix);
      await this.#guard.verify();
    });
    try {
      for await (const { name, stat } of walkShare(this.#root, folderOf(prefix), prefix)) {
        options.signal?.throwIfAborted();
        yield describe(name, stat);
      }
    } catch (error) {
      throw this.#fault(error, what);
    }
    // What went away meanwhile looks like folders that were deleted.
    await this.#run(what, options, () => this.#guard.verify());
  }

  delete(name: string, options: NodeCallOptions = {}): Promise<void> {
    return this.#run(`deleting ${name}`, options, async () => {
      assertObjectName(name);
      await this.#guard.verify();
      await this.#locks.run(name, async () => {
        if (!(await this.#statObject(name))) return;
        try {
          await this.#root.unlink(pathOf(name));
        } catch (error) {
          if (!isAbsentOnShare(error)) throw error;
        }
        await pruneFolders(this.#root, folderOf(pathOf(name)));
      });
    });
  }

  free(options: NodeCallOptions = {}): Promise<NodeSpace> {
    return this.#runUntilAborted('asking for free space', options, async () => {
      await this.#guard.verify();
      const { freeBytes, totalBytes } = await this.#root.space();
      return { freeBytes, totalBytes };
    });
  }

  removeTemporary(olderThanMs: number, options: NodeCallOptions = {}): Promise<number> {
    return this.#run('removing temporary files', options, async () => {
      await this.#guard.verify();
      return this.#uploads.removeOlderThan(this.#now() - olderThanMs, options.signal);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    if (this.#ownsShare) await this.#share[Symbol.asyncDispose]();
  }

  async #readRange(name: string, offsetBytes: number, lengthBytes: number): Promise<Bytes | undefined> {
    const endBytes = offsetBytes + lengthBytes;
    // Memory for much is only taken where there is as much to read.
    const isPlain = lengthBytes > 0 && lengthBytes <= UNASKED_BYTES;
    if (!isPlain && !(await this.#reaches(name, endBytes))) return undefined;
    const bytes = new Uint8Array(lengthBytes);
    const filled = await this.#root.read(pathOf(name), offsetBytes, bytes);
    if (filled === lengthBytes) return bytes;
    if (!(await this.#reaches(name, endBytes))) return undefined;
    throw objectTruncated(name, endBytes, offsetBytes + filled);
  }

  /** False where there is no object; throws where it ends before. */
  async #reaches(name: string, endBytes: number): Promise<boolean> {
    const found = await this.#statObject(name);
    if (found && endBytes > found.lengthBytes) throw objectTruncated(name, endBytes, found.lengthBytes);
    return found !== undefined;
  }

  /**
   * Undefined where there is no object. An object that is being exchanged has no name for a moment (`renameOnShare`), and a node
   * that is away has none at all: so it is looked for twice, with a look at the node in between.
   */
  async #unlessAbsent<T>(name: string, look: () => Promise<T | undefined>): Promise<T | undefined> {
    const once = async (): Promise<T | undefined> => {
      try {
        return await look();
      } catch (error) {
        if (isAbsentOnShare(error) || isFolder(error)) return undefined;
        throw error;
      }
    };
    const found = await once();
    if (found !== undefined) return found;
    await this.#guard.verify();
    return this.#locks.run(name, once);
  }

  /** Of an object's own; undefined for a folder. */
  async #statObject(name: string): Promise<ObjectInfo | undefined> {
    const stat = await this.#statAnything(name);
    return stat && !stat.isFolder ? describe(name, stat) : undefined;
  }

  /** Whatever it is that has the name. */
  async #statAnything(name: string): Promise<SmbStat | undefined> {
    try {
      return await this.#root.stat(pathOf(name));
    } catch (error) {
      if (isAbsentOnShare(error)) return undefined;
      throw error;
    }
  }

  async #describe(name: string): Promise<ObjectInfo> {
    const info = await this.#statObject(name);
    if (!info) throw objectMissing(name);
    return info;
  }

  async #assertVersion(name: string, ifVersion: string): Promise<void> {
    const info = await this.#describe(name);
    if (info.version !== ifVersion) throw versionMismatch(name);
  }

  async #giveName(temporary: string, name: string): Promise<void> {
    const path = pathOf(name);
    for (let attempt = 1; ; attempt++) {
      try {
        if (attempt > 1) await makeFolders(this.#root, folderOf(path));
        await renameOnShare(this.#root, temporary, path);
        return;
      } catch (error) {
        // There is no folder yet, or a delete beside us removed one because it was empty.
        if (!isAbsentOnShare(error) || attempt === MAX_FOLDER_ATTEMPTS) throw error;
      }
    }
  }

  /** For calls that look only: an abort does not wait for a server that hangs. */
  #runUntilAborted<T>(what: string, options: NodeCallOptions, work: () => Promise<T>): Promise<T> {
    return this.#run(what, options, () => untilAborted(work(), options.signal));
  }

  async #run<T>(what: string, { signal }: NodeCallOptions, work: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw new ClefError('node-offline', `node ${this.id} is closed`);
    try {
      return await work();
    } catch (error) {
      throw this.#fault(error, what);
    }
  }

  /** What the caller gets to see of an error. */
  #fault(error: unknown, what: string): unknown {
    return error instanceof SourceFault ? error.cause : asNodeFault(error, what);
  }
}

function describe(name: string, { lengthBytes, modifiedAtNs, fileId }: SmbStat): ObjectInfo {
  return {
    name,
    lengthBytes,
    version: `${fileId}-${modifiedAtNs}-${lengthBytes}`,
    modifiedAtMs: Math.floor(Number(BigInt(modifiedAtNs) / 1_000_000n)),
  };
}

function isFolder(error: unknown): boolean {
  return error instanceof SmbFault && error.errno === 'EISDIR';
}

async function* textOf(text: string): ByteSource {
  yield new TextEncoder().encode(text);
}

import { ClefError, unreachable } from '../../core/index.ts';
import {
  folderOfShare,
  isAbsentOnShare,
  SmbFault,
  type SmbFolder,
  type SmbShare,
  type SmbStat,
} from '../../smb/index.ts';
import { isSkippedName } from '../scan/names.ts';
import type { FileState, SourceTree, TreeEntry, TreeFile } from './port.ts';
import { reasonOf } from './system-error.ts';

export interface ShareTreeOptions {
  /** Whoever has it disposes of it. */
  readonly share: SmbShare;
  /** Folder of the share; '' is its top. */
  readonly path: string;
}

/**
 * A folder of a share, read directly. A file's state is taken from the listing that names it. Numbers of files are not
 * trusted from one scan to the next: servers give them anew, or give none.
 */
export async function openShareTree({ share, path }: ShareTreeOptions): Promise<SourceTree> {
  const folder = folderOfShare(share, path);
  try {
    const top = await folder.stat('');
    if (!top.isFolder) throw new ClefError('source-missing', 'the music folder is a file, not a folder');
  } catch (error) {
    if (isAbsentOnShare(error)) throw new ClefError('source-missing', 'the share has no such folder');
    throw asSourceFault(error, 'source-missing');
  }

  async function statOf(path: Buffer): Promise<SmbStat | undefined> {
    return ifThere(() => folder.stat(path.toString('utf8')));
  }

  async function lookAtFile(path: Buffer): Promise<FileState | undefined> {
    const found = await statOf(path);
    return found && !found.isFolder ? stateOf(found) : undefined;
  }

  return {
    async list(at) {
      return ifThere(async () => {
        const entries: TreeEntry[] = [];
        for await (const found of folder.list(at.toString('utf8'))) {
          const name = Buffer.from(found.name, 'utf8');
          if (isSkippedName(name)) continue;
          if (found.isFolder) entries.push({ kind: 'folder', name });
          else entries.push({ kind: 'file', name, isLink: false, state: stateOf(found) });
        }
        return { identity: '', hasOwnClock: false, entries };
      });
    },

    async look(at) {
      const found = await statOf(at);
      if (!found) return undefined;
      return found.isFolder ? { kind: 'folder' } : { kind: 'file', state: stateOf(found) };
    },

    lookAtFile,

    async open(at) {
      const found = await statOf(at);
      if (!found) return undefined;
      if (found.isFolder) throw new ClefError('media-unreadable', 'it is no longer a file');
      return new ShareFile(folder, at.toString('utf8'), found);
    },

    async isBeingWritten(at) {
      return (await ifThere(() => folder.isWritten(at.toString('utf8')))) === true;
    },

    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Read by its name: the share opens it, and lets go of it, since nobody else may rename or remove an open file. */
class ShareFile implements TreeFile {
  readonly state: FileState;
  readonly #folder: SmbFolder;
  readonly #path: string;
  readonly #found: SmbStat;

  constructor(folder: SmbFolder, path: string, found: SmbStat) {
    this.#folder = folder;
    this.#path = path;
    this.#found = found;
    this.state = stateOf(found);
  }

  async read(into: Uint8Array, offsetBytes: number): Promise<number> {
    try {
      return await this.#folder.read(this.#path, offsetBytes, into);
    } catch (error) {
      throw asSourceFault(error, 'media-unreadable');
    }
  }

  async isUnchanged(): Promise<boolean> {
    const now = await ifThere(() => this.#folder.stat(this.#path));
    const { fileId, lengthBytes, modifiedAtNs } = this.#found;
    return now?.fileId === fileId && now.lengthBytes === lengthBytes && now.modifiedAtNs === modifiedAtNs;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#folder.release(this.#path);
  }
}

function stateOf({ lengthBytes, modifiedAtNs }: SmbStat): FileState {
  return { lengthBytes, modifiedNs: modifiedAtNs, deviceAndInode: '' };
}

async function ifThere<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isAbsentOnShare(error)) return undefined;
    throw asSourceFault(error, 'media-unreadable');
  }
}

/** What one call failed with is of its path; all else is of the share. */
function asSourceFault(error: unknown, ofCall: 'media-unreadable' | 'source-missing'): unknown {
  if (!(error instanceof SmbFault)) return error;
  const code = error.kind === 'call' ? ofCall : 'source-missing';
  return new ClefError(code, sentenceOf(error), { cause: error });
}

const LIBRARY_MISSING =
  "a share as a source needs Samba's client library on Linux: install the package libsmbclient (libsmbclient0 on newer Debian and Ubuntu)";

export function sentenceOf({ kind, errno }: SmbFault): string {
  switch (kind) {
    case 'away':
      return 'the share cannot be reached';
    case 'silent':
      return 'the share does not answer';
    case 'refused':
      return 'the share refuses the user or the password of its key file';
    case 'no-share':
      return 'the server has no share of this name';
    case 'namespace':
      return 'it is a DFS namespace, which leads to other servers: name the server and the share behind it';
    case 'unencrypted':
      return 'the share must be encrypted, and its server does not encrypt';
    case 'no-library':
      return LIBRARY_MISSING;
    case 'call':
      return reasonOf(errno);
    default:
      return unreachable(kind);
  }
}

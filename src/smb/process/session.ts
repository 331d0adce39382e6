import { constants } from 'node:fs';
import { type SmbAddress, urlOf } from '../address.ts';
import { PIECE_BYTES, type SmbCall, type SmbEntry, type SmbHandle } from '../calls.ts';
import { SmbFault } from '../fault.ts';
import type { Connected } from './context.ts';
import type { Pointer, SmbLibrary } from './library.ts';
import { OpenFiles } from './open-files.ts';
import { readSpace, readStat, STAT_BYTES } from './stats.ts';
import type { Wire } from './wire.ts';

export interface Performed {
  readonly value?: unknown;
  /** Valid until the next call. */
  readonly bytes?: Uint8Array;
}

/** What a share answers about a path. Whatever else comes, the connection is not trusted any more. */
const ABOUT_PATHS = new Set([
  'EACCES',
  'EBUSY',
  'EDQUOT',
  'EEXIST',
  'EFBIG',
  'EISDIR',
  'ENAMETOOLONG',
  'ENOENT',
  'ENOSPC',
  'ENOTDIR',
  'ENOTEMPTY',
  'EPERM',
  'EROFS',
]);

/** Calls on a connected share, one after the other. Throws SmbFault. */
export class Session {
  readonly #address: SmbAddress;
  readonly #library: SmbLibrary;
  readonly #wire: Wire;
  readonly #files: OpenFiles;
  readonly #handles = new Map<SmbHandle, Pointer>();
  /** Those of them that are listings. */
  readonly #folders = new Set<SmbHandle>();
  readonly #piece = new Uint8Array(PIECE_BYTES);
  readonly #stat = new Uint8Array(STAT_BYTES);
  #nextHandle = 1;

  constructor(address: SmbAddress, { library, wire }: Connected) {
    this.#address = address;
    this.#library = library;
    this.#wire = wire;
    this.#files = new OpenFiles(library);
  }

  perform(
    call: Exclude<SmbCall, { readonly kind: 'connect' | 'start' | 'watch' }>,
    bytes: Uint8Array,
  ): Performed {
    const performed = this.#perform(call, bytes);
    // An answer that came over another connection is of one that nobody looked at.
    if (!this.#wire.isSame()) throw new SmbFault('away');
    return performed;
  }

  #perform(
    call: Exclude<SmbCall, { readonly kind: 'connect' | 'start' | 'watch' }>,
    bytes: Uint8Array,
  ): Performed {
    const library = this.#library;
    switch (call.kind) {
      case 'stat':
        this.#check(library.stat(this.#url(call.path), this.#stat));
        return { value: readStat(this.#stat) };
      case 'read':
        return { bytes: this.#read(call) };
      case 'create':
        return { value: this.#keep(library.open(this.#url(call.path), NEW_FILE)) };
      case 'write':
        this.#check(library.write(this.#pointer(call.handle), bytes, bytes.length));
        return {};
      case 'close':
        this.#close(call.handle);
        return {};
      case 'rename':
        this.#files.close(this.#url(call.to));
        this.#check(library.rename(this.#url(call.from), this.#url(call.to)));
        return {};
      case 'unlink':
        this.#files.close(this.#url(call.path));
        this.#check(library.unlink(this.#url(call.path)));
        return {};
      case 'mkdir':
        this.#check(library.mkdir(this.#url(call.path)));
        return {};
      case 'rmdir':
        this.#check(library.rmdir(this.#url(call.path)));
        return {};
      case 'list': {
        const handle = this.#keep(library.openFolder(this.#url(call.path)));
        this.#folders.add(handle);
        return { value: handle };
      }
      case 'entries':
        return { value: this.#entries(this.#pointer(call.handle), call.most) };
      case 'space':
        this.#check(library.space(this.#url(''), this.#stat));
        return { value: readSpace(this.#stat) };
      case 'isWritten':
        return { value: this.#isWritten(this.#url(call.path)) };
      case 'release':
        if (call.path === undefined) this.#files.closeAll();
        else this.#files.close(this.#url(call.path));
        return {};
      default:
        call satisfies never;
        throw new SmbFault('away');
    }
  }

  /** As much as there is: a read of the library's may end early. */
  #read({ path, offsetBytes, lengthBytes, isFresh }: Extract<SmbCall, { kind: 'read' }>): Uint8Array {
    const url = this.#url(path);
    if (isFresh) this.#files.close(url);
    const file = this.#opened(this.#files.open(url));
    try {
      this.#check(this.#library.seek(file, offsetBytes));
      let filled = 0;
      while (filled < lengthBytes) {
        const rest = this.#piece.subarray(filled, lengthBytes);
        const got = this.#check(this.#library.read(file, rest, rest.length));
        if (got === 0) break;
        filled += got;
      }
      return this.#piece.subarray(0, filled);
    } finally {
      if (isFresh) this.#files.close(url);
    }
  }

  #isWritten(url: string): boolean {
    this.#library.setShareMode('no-writers');
    try {
      const file = this.#library.open(url, 0);
      if (file !== null) {
        this.#library.close(file);
        return false;
      }
    } finally {
      this.#library.setShareMode('any');
    }
    const fault = this.#fault();
    if (fault.errno === 'EBUSY') return true;
    throw fault;
  }

  /** Never returns. */
  watch(path: string, tell: (paths: readonly string[]) => void): never {
    const folder = this.#opened(this.#library.openFolder(this.#url(path)));
    this.#library.watch(folder, tell);
    const errno = this.#library.errno();
    // A server that is there does not tell of changes, or of no more.
    throw new SmbFault(this.#wire.isSame() ? 'call' : 'away', errno);
  }

  #entries(folder: Pointer, most: number): SmbEntry[] {
    const entries: SmbEntry[] = [];
    while (entries.length < most) {
      const name = this.#library.nextEntry(folder, this.#stat);
      if (name === undefined) break;
      if (name !== '.' && name !== '..') entries.push({ name, ...readStat(this.#stat) });
    }
    return entries;
  }

  #close(handle: SmbHandle): void {
    const pointer = this.#pointer(handle);
    this.#handles.delete(handle);
    this.#check(
      this.#folders.delete(handle) ? this.#library.closeFolder(pointer) : this.#library.close(pointer),
    );
  }

  #url(path: string): string {
    return urlOf(this.#address, path);
  }

  #keep(pointer: Pointer | null): SmbHandle {
    const handle = this.#nextHandle++;
    this.#handles.set(handle, this.#opened(pointer));
    return handle;
  }

  #pointer(handle: SmbHandle): Pointer {
    const pointer = this.#handles.get(handle);
    if (pointer === undefined) throw new SmbFault('call', 'EBADF');
    return pointer;
  }

  #opened(pointer: Pointer | null): Pointer {
    if (pointer === null) throw this.#fault();
    return pointer;
  }

  #check(result: number): number {
    if (result < 0) throw this.#fault();
    return result;
  }

  #fault(): SmbFault {
    const errno = this.#library.errno();
    // A server that is gone may look like a path that leads nowhere.
    return ABOUT_PATHS.has(errno) && this.#wire.isSame()
      ? new SmbFault('call', errno)
      : new SmbFault('away', errno);
  }
}

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

import { type FSWatcher, watch } from 'node:fs';
import { lstat, readdir, realpath } from 'node:fs/promises';
import { ClefError } from '../../core/index.ts';
import { joinPathBelow } from '../scan/folder.ts';
import { isSkippedName } from '../scan/names.ts';
import { joinPath } from '../scan/path-key.ts';
import { concernsMusic } from '../scan/scope.ts';
import { type FileSystemType, systemFileSystemType } from '../sources/file-systems.ts';
import { systemCode, systemReason } from '../sources/system-error.ts';
import type { HintTaker, WatchHints } from './hints.ts';
import { whyUnheard } from './mode.ts';

/** inotify(7) has room for so many watches a user, and for so many instances. */
const OUT_OF_WATCHES = new Set(['ENOSPC', 'EMFILE', 'ENFILE']);
const NO_MORE = 'the system watches no more folders for this user (fs.inotify.max_user_watches)';

/**
 * The system's own notification, one watch a folder: Node's recursive watch would take one a file. Links are not followed.
 * Where something is mounted below that the system would not tell of all changes in, it is the schedule's.
 */
export function watchFolders(
  root: string,
  fileSystemType: FileSystemType = systemFileSystemType,
): WatchHints {
  return async (taker) => {
    taker.signal.throwIfAborted();
    const real = await realpath(root).catch((error: unknown) => {
      throw asFault(error);
    });
    using watches = new FolderWatches(Buffer.from(real), taker, fileSystemType);
    await watches.begin();
    return await watches.ended;
  };
}

class FolderWatches implements Disposable {
  readonly #root: Buffer;
  readonly #taker: HintTaker;
  /** By path, one byte a character. */
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #fileSystemType: FileSystemType;
  readonly #heard = new Set<number>();
  readonly #ended = Promise.withResolvers<never>();

  constructor(root: Buffer, taker: HintTaker, fileSystemType: FileSystemType) {
    this.#root = root;
    this.#fileSystemType = fileSystemType;
    this.#taker = taker;
    this.#ended.promise.catch(() => undefined);
    taker.signal.addEventListener('abort', this.#stop, { once: true });
  }

  get ended(): Promise<never> {
    return this.#ended.promise;
  }

  async begin(): Promise<void> {
    await this.#add(Buffer.alloc(0));
    this.#taker.onWatching();
  }

  readonly #stop = (): void => this.#ended.reject(this.#taker.signal.reason);

  /** A folder and all below it. The watch comes first: what appears after it is told, what was there before is found. */
  async #add(folder: Buffer): Promise<void> {
    for (const waiting = [folder]; ; ) {
      const path = waiting.pop();
      if (!path || this.#taker.signal.aborted) return;
      if (!this.#watch(path)) continue;
      await this.#assertHeard(path);
      for (const name of await foldersIn(joinPath(this.#root, path))) {
        if (!isSkippedName(name)) waiting.push(joinPathBelow(path, name));
      }
    }
  }

  async #assertHeard(path: Buffer): Promise<void> {
    const folder = joinPath(this.#root, path);
    const found = await lstat(folder).catch(() => undefined);
    if (!found || this.#heard.has(found.dev)) return;
    const reason = await whyUnheard(folder, this.#fileSystemType);
    if (reason !== undefined) throw new ClefError('media-unreadable', `of a folder in it: ${reason}`);
    this.#heard.add(found.dev);
  }

  #watch(path: Buffer): boolean {
    const key = path.toString('latin1');
    if (this.#watchers.has(key)) return true;
    try {
      const options = { encoding: 'buffer', persistent: false } as const;
      const watcher = watch(joinPath(this.#root, path), options, (event, name) => {
        this.#happened(event, path, name).catch((error: unknown) => this.#ended.reject(asFault(error)));
      });
      watcher.on('error', () => this.#close(key));
      this.#watchers.set(key, watcher);
      return true;
    } catch (error) {
      // A folder that is gone, or that Clef may not read, has nothing to tell.
      if (!OUT_OF_WATCHES.has(systemCode(error) ?? '')) return false;
      throw asFault(error);
    }
  }

  async #happened(event: string, folder: Buffer, name: Buffer | null): Promise<void> {
    if (name === null) {
      this.#taker.onHint(folder);
      return;
    }
    if (isSkippedName(name)) return;
    const path = joinPathBelow(folder, name);
    if (concernsMusic(name)) this.#taker.onHint(path);
    // What else is a file does not matter, and what is in a folder tells for itself.
    if (event !== 'rename') return;
    const found = await lstat(joinPath(this.#root, path)).catch(() => undefined);
    const key = path.toString('latin1');
    if (found?.isDirectory()) {
      // It may be another one of the same name.
      this.#closeBelow(key);
      await this.#add(path);
      this.#taker.onHint(path);
    } else if (this.#watchers.has(key)) {
      this.#closeBelow(key);
      this.#taker.onHint(path);
    } else if (found?.isSymbolicLink()) this.#taker.onHint(path);
  }

  #close(key: string): void {
    this.#watchers.get(key)?.close();
    this.#watchers.delete(key);
  }

  #closeBelow(key: string): void {
    for (const known of this.#watchers.keys()) {
      if (known === key || known.startsWith(`${key}/`)) this.#close(known);
    }
  }

  [Symbol.dispose](): void {
    this.#taker.signal.removeEventListener('abort', this.#stop);
    for (const key of this.#watchers.keys()) this.#close(key);
  }
}

async function foldersIn(path: Buffer): Promise<readonly Buffer[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true, encoding: 'buffer' });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}

function asFault(error: unknown): ClefError {
  if (error instanceof ClefError) return error;
  return OUT_OF_WATCHES.has(systemCode(error) ?? '')
    ? new ClefError('media-unreadable', NO_MORE, { cause: error })
    : new ClefError('source-missing', systemReason(error), { cause: error });
}

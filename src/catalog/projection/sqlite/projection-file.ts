import type { DatabaseSync } from 'node:sqlite';
import { ClefError } from '../../../core/index.ts';
import type { RebuildOptions } from '../port.ts';
import { type FileFormat, openLiveFile, putInPlace, removeFile } from './file.ts';
import { LogCopier } from './log-copier.ts';
import { isDamage } from './statements.ts';

export interface ProjectionFileOptions<Content> {
  /** Of the file; it may be deleted at any time while no server runs. Nothing else may open it. */
  readonly path: string;
  readonly format: FileFormat;
  /** Prepares what reads and writes it. */
  readonly contentOf: (database: DatabaseSync) => Content;
  /** For people: "the search index". */
  readonly name: string;
}

/**
 * The SQLite file of a projection: found damaged, it counts as empty and says so; one that was built beside it takes its
 * place. An absent, damaged or outdated file is an empty one, never an error.
 */
export class ProjectionFile<Content> implements AsyncDisposable {
  readonly #options: ProjectionFileOptions<Content>;
  readonly #closing = new AbortController();
  readonly #damageListeners = new Set<() => void>();
  #file: OpenFile<Content>;
  #settling: Promise<void> | undefined;
  #isDamaged = false;
  #rebuilding: Promise<void> | undefined;

  constructor(options: ProjectionFileOptions<Content>) {
    this.#options = options;
    removeFile(this.#buildPath);
    this.#file = openFile(options);
  }

  get damaged(): boolean {
    return this.#isDamaged;
  }

  onDamage(listener: () => void): () => void {
    this.#damageListeners.add(listener);
    return () => this.#damageListeners.delete(listener);
  }

  /** Undefined where the file is damaged, or is found to be. */
  read<Result>(work: (content: Content) => Result): Result | undefined {
    if (this.#isDamaged) return undefined;
    try {
      return work(this.#file.content);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#markDamaged();
      return undefined;
    }
  }

  /** `catalog-corrupt` where the file is damaged, or is found to be. */
  write(work: (content: Content) => void): void {
    if (this.#isDamaged) throw this.#damage();
    try {
      work(this.#file.content);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#markDamaged();
      throw this.#damage(error);
    }
  }

  /** As `Projection.settle`. */
  async settle(): Promise<void> {
    if (this.#isDamaged) return;
    this.#settling = this.#file.log.copy();
    try {
      await this.#settling;
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#markDamaged();
      throw this.#damage(error);
    } finally {
      this.#settling = undefined;
    }
  }

  /** `build` makes a closed and durable file at the path, or leaves nothing there and throws. */
  async rebuild(
    options: RebuildOptions,
    build: (path: string, options: RebuildOptions) => Promise<void>,
  ): Promise<void> {
    if (this.#rebuilding) {
      throw new ClefError('not-ready', `${this.#options.name} is being rebuilt already`);
    }
    this.#rebuilding = this.#rebuild(options, build);
    try {
      await this.#rebuilding;
    } finally {
      this.#rebuilding = undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new ClefError('not-ready', `${this.#options.name} is closing`));
    // Whoever asked for the rebuild is told of its end.
    await this.#rebuilding?.catch(() => {});
    await this.#settling?.catch(() => {});
    this.#file.log.close({ isDurable: true });
  }

  get #buildPath(): string {
    return `${this.#options.path}.new`;
  }

  async #rebuild(
    options: RebuildOptions,
    build: (path: string, options: RebuildOptions) => Promise<void>,
  ): Promise<void> {
    const closing = this.#closing.signal;
    const signal = options.signal ? AbortSignal.any([options.signal, closing]) : closing;
    await build(this.#buildPath, { ...options, signal });
    // In one turn of the event loop, so that nobody meets a closed file.
    this.#file.log.close({ isDurable: false });
    try {
      putInPlace(this.#buildPath, this.#options.path);
    } finally {
      this.#file = openFile(this.#options);
    }
    this.#isDamaged = false;
  }

  #markDamaged(): void {
    this.#isDamaged = true;
    for (const listener of this.#damageListeners) listener();
  }

  #damage(cause?: unknown): ClefError {
    const message = `${this.#options.name} is damaged and waits to be rebuilt`;
    return new ClefError('catalog-corrupt', message, { cause });
  }
}

interface OpenFile<Content> {
  readonly content: Content;
  readonly log: LogCopier;
}

function openFile<Content>(options: ProjectionFileOptions<Content>): OpenFile<Content> {
  const database = openLiveFile(options.path, options.format);
  try {
    return { content: options.contentOf(database), log: new LogCopier(database, options.path) };
  } catch (error) {
    database.close();
    if (!isDamage(error)) throw error;
    // Its first page is whole, its tables are not. It is not needed for anything.
    removeFile(options.path);
    return openFile(options);
  }
}

import type { DatabaseSync } from 'node:sqlite';
import { ClefError } from '../../../core/index.ts';
import { openLiveFile, putInPlace, removeFile } from './index-file.ts';
import type {
  RebuildOptions,
  SearchChange,
  SearchIndex,
  SearchItem,
  SearchPosition,
  SearchQuery,
  SearchRecord,
  SearchResult,
} from '../port.ts';
import { IndexReader, NOTHING_FOUND } from './reader.ts';
import { buildFile } from './rebuild.ts';
import { isDamage } from './statements.ts';
import { IndexWriter } from './writer.ts';

export interface SearchIndexOptions {
  /** Of the file; it may be deleted at any time while no server runs. Nothing else may open it. */
  readonly path: string;
}

/** An absent, damaged or outdated file is an empty index without a position, never an error. */
export function openSearchIndex(options: SearchIndexOptions): SearchIndex {
  return new SqliteSearchIndex(options);
}

interface OpenFile {
  readonly database: DatabaseSync;
  readonly reader: IndexReader;
  readonly writer: IndexWriter;
}

class SqliteSearchIndex implements SearchIndex {
  readonly #path: string;
  readonly #closing = new AbortController();
  readonly #damageListeners = new Set<() => void>();
  #file: OpenFile;
  #isDamaged = false;
  #rebuilding: Promise<void> | undefined;

  constructor({ path }: SearchIndexOptions) {
    this.#path = path;
    removeFile(this.#buildPath);
    this.#file = openFile(path);
  }

  get damaged(): boolean {
    return this.#isDamaged;
  }

  search(query: SearchQuery): SearchResult {
    return this.#unlessDamaged(() => this.#file.reader.search(query)) ?? NOTHING_FOUND;
  }

  record(item: SearchItem): SearchRecord | undefined {
    return this.#unlessDamaged(() => this.#file.reader.record(item));
  }

  position(): SearchPosition | undefined {
    return this.#unlessDamaged(() => this.#file.reader.position());
  }

  apply(changes: readonly SearchChange[], position: SearchPosition): void {
    if (this.#isDamaged) throw damaged();
    try {
      this.#file.writer.apply(changes, position);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#markDamaged();
      throw damaged(error);
    }
  }

  tidy(): boolean {
    return this.#unlessDamaged(() => this.#file.writer.tidy()) ?? false;
  }

  async rebuild(all: AsyncIterable<SearchChange>, options: RebuildOptions): Promise<void> {
    if (this.#rebuilding) throw new ClefError('not-ready', 'the search index is being rebuilt already');
    this.#rebuilding = this.#rebuild(all, options);
    try {
      await this.#rebuilding;
    } finally {
      this.#rebuilding = undefined;
    }
  }

  onDamage(listener: () => void): () => void {
    this.#damageListeners.add(listener);
    return () => this.#damageListeners.delete(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new ClefError('not-ready', 'the search index is closing'));
    // Whoever asked for the rebuild is told of its end.
    await this.#rebuilding?.catch(() => {});
    if (this.#file.database.isOpen) this.#file.database.close();
  }

  get #buildPath(): string {
    return `${this.#path}.new`;
  }

  async #rebuild(all: AsyncIterable<SearchChange>, options: RebuildOptions): Promise<void> {
    const closing = this.#closing.signal;
    const signal = options.signal ? AbortSignal.any([options.signal, closing]) : closing;
    await buildFile(this.#buildPath, all, { ...options, signal });
    // In one turn of the event loop, so that no search meets a closed file.
    this.#file.database.close();
    try {
      putInPlace(this.#buildPath, this.#path);
    } finally {
      this.#file = openFile(this.#path);
    }
    this.#isDamaged = false;
  }

  /** Undefined where the index is damaged, or is found to be. */
  #unlessDamaged<Result>(work: () => Result): Result | undefined {
    if (this.#isDamaged) return undefined;
    try {
      return work();
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#markDamaged();
      return undefined;
    }
  }

  #markDamaged(): void {
    this.#isDamaged = true;
    for (const listener of this.#damageListeners) listener();
  }
}

function openFile(path: string): OpenFile {
  const database = openLiveFile(path);
  try {
    return { database, reader: new IndexReader(database), writer: new IndexWriter(database) };
  } catch (error) {
    database.close();
    if (!isDamage(error)) throw error;
    // Its first page is whole, its tables are not. It is not needed for anything.
    removeFile(path);
    return openFile(path);
  }
}

function damaged(cause?: unknown): ClefError {
  return new ClefError('catalog-corrupt', 'the search index is damaged and waits to be rebuilt', { cause });
}

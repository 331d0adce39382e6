import type { CatalogPosition, RebuildOptions } from '../../projection/index.ts';
import { ProjectionFile } from '../../projection/sqlite/index.ts';
import type {
  SearchChange,
  SearchIndex,
  SearchItem,
  SearchQuery,
  SearchRecord,
  SearchResult,
} from '../port.ts';
import { IndexReader, NOTHING_FOUND } from './reader.ts';
import { buildFile } from './rebuild.ts';
import { SEARCH_FILE } from './schema.ts';
import { IndexWriter } from './writer.ts';

export interface SearchIndexOptions {
  /** Of the file; it may be deleted at any time while no server runs. Nothing else may open it. */
  readonly path: string;
}

/** An absent, damaged or outdated file is an empty index without a position, never an error. */
export function openSearchIndex(options: SearchIndexOptions): SearchIndex {
  return new SqliteSearchIndex(options);
}

interface Content {
  readonly reader: IndexReader;
  readonly writer: IndexWriter;
}

class SqliteSearchIndex implements SearchIndex {
  readonly #file: ProjectionFile<Content>;

  constructor({ path }: SearchIndexOptions) {
    this.#file = new ProjectionFile({
      path,
      format: SEARCH_FILE,
      contentOf: (database) => ({ reader: new IndexReader(database), writer: new IndexWriter(database) }),
      name: 'the search index',
    });
  }

  get damaged(): boolean {
    return this.#file.damaged;
  }

  search(query: SearchQuery): SearchResult {
    return this.#file.read(({ reader }) => reader.search(query)) ?? NOTHING_FOUND;
  }

  record(item: SearchItem): SearchRecord | undefined {
    return this.#file.read(({ reader }) => reader.record(item));
  }

  position(): CatalogPosition | undefined {
    return this.#file.read(({ reader }) => reader.position());
  }

  apply(changes: readonly SearchChange[], position: CatalogPosition): void {
    this.#file.write(({ writer }) => writer.apply(changes, position));
  }

  settle(): Promise<void> {
    return this.#file.settle();
  }

  tidy(): boolean {
    return this.#file.read(({ writer }) => writer.tidy()) ?? false;
  }

  rebuild(all: AsyncIterable<SearchChange>, options: RebuildOptions): Promise<void> {
    return this.#file.rebuild(options, (path, building) => buildFile(path, all, building));
  }

  onDamage(listener: () => void): () => void {
    return this.#file.onDamage(listener);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#file[Symbol.asyncDispose]();
  }
}

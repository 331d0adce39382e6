import type { DatabaseSync } from 'node:sqlite';
import type { CatalogPosition } from '../../projection/index.ts';
import { finishBuildIndex } from './index-file.ts';
import { LibraryNumbers } from './library-numbers.ts';
import { placeOf } from './places.ts';
import { PlayCounts } from './play-counts.ts';
import type { SearchChange, SearchKind } from '../port.ts';
import { RecordStore, type StoredRecord, storedOf } from './record-store.ts';
import { SEARCH_KINDS } from './schema.ts';
import { inTransaction, prepareChange } from '../../projection/sqlite/index.ts';
import { IndexWriter } from './writer.ts';

/** Fills a build file, in which nothing is looked up until it is finished: each item comes once. */
export class IndexBuilder {
  readonly #database: DatabaseSync;
  readonly #stores: Readonly<Record<SearchKind, RecordStore>>;
  readonly #plays: PlayCounts;
  readonly #libraries: LibraryNumbers;
  /** What is said of items that may be there already. */
  readonly #later: SearchChange[] = [];
  #sequence = 0;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#stores = {
      track: new RecordStore(database, 'track'),
      album: new RecordStore(database, 'album'),
      artist: new RecordStore(database, 'artist'),
    };
    this.#plays = new PlayCounts(database);
    this.#libraries = new LibraryNumbers(database);
  }

  /** The more at once the better. */
  add(changes: readonly SearchChange[]): void {
    const inserted: Record<SearchKind, StoredRecord[]> = { track: [], album: [], artist: [] };
    inTransaction(this.#database, () => {
      for (const change of changes) {
        if (change.kind === 'upsert') {
          const record = storedOf(change.record, this.#libraries);
          const place = placeOf(this.#plays.total(record.id), this.#sequence++);
          inserted[change.record.kind].push({ ...record, place });
        } else if (change.kind === 'plays' && this.#sequence === 0) {
          this.#plays.set(change.itemId, change.userId, change.count);
        } else {
          this.#later.push(change);
        }
      }
      for (const kind of SEARCH_KINDS) this.#stores[kind].replace([], inserted[kind]);
    });
  }

  /** Makes it a whole and durable index, and closes it. */
  finish(path: string, position: CatalogPosition): void {
    prepareChange(this.#database, 'UPDATE followed SET next_sequence = ?').run(this.#sequence);
    finishBuildIndex(this.#database, {
      path,
      itemCount: this.#sequence,
      writeMore: () => new IndexWriter(this.#database).apply(this.#later, position),
    });
  }
}

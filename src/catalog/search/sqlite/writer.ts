import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { CatalogPosition } from '../../projection/index.ts';
import { fullTextTables } from './index-file.ts';
import { LibraryNumbers } from './library-numbers.ts';
import { placeOf, sequenceOf } from './places.ts';
import { PlayCounts } from './play-counts.ts';
import type { SearchChange, SearchItem, SearchKind } from '../port.ts';
import { RecordStore, type StoredRecord, storedOf } from './record-store.ts';
import { SEARCH_KINDS } from './schema.ts';
import { firstRow, inTransaction, prepareChange, prepareRows } from '../../projection/sqlite/index.ts';
import { VocabularyWriter } from './vocabulary.ts';

/** Pages of 4 KiB: two or three milliseconds. */
const TIDIED_AT_ONCE = 16;
/** Of a merge that found nothing to do: the row that asks for it (https://sqlite.org/fts5.html, "The 'merge' Command"). */
const CHANGES_OF_NO_MERGE = 1;

/** Writes changes into an index file. Not more than one writer to a file. */
export class IndexWriter {
  readonly #database: DatabaseSync;
  readonly #vocabulary: VocabularyWriter;
  readonly #stores: Readonly<Record<SearchKind, RecordStore>>;
  readonly #plays: PlayCounts;
  readonly #libraries: LibraryNumbers;
  readonly #nextSequence: StatementSync;
  readonly #setSequence: StatementSync;
  readonly #setPosition: StatementSync;
  readonly #merges: readonly StatementSync[];
  readonly #totalChanges: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#vocabulary = new VocabularyWriter(database);
    this.#stores = {
      track: new RecordStore(database, 'track', this.#vocabulary),
      album: new RecordStore(database, 'album', this.#vocabulary),
      artist: new RecordStore(database, 'artist', this.#vocabulary),
    };
    this.#plays = new PlayCounts(database);
    this.#libraries = new LibraryNumbers(database);
    this.#nextSequence = prepareRows(database, 'SELECT next_sequence FROM followed');
    this.#setSequence = prepareChange(database, 'UPDATE followed SET next_sequence = ?');
    this.#setPosition = prepareChange(database, 'UPDATE followed SET catalog_id = ?, seq = ?');
    this.#merges = fullTextTables(database).map((table) =>
      prepareChange(database, `INSERT INTO ${table} (${table}, rank) VALUES ('merge', ?)`),
    );
    this.#totalChanges = prepareRows(database, 'SELECT total_changes()');
  }

  /** One transaction. Without a position the index stays one that has followed nothing. */
  apply(changes: readonly SearchChange[], position?: CatalogPosition): void {
    try {
      inTransaction(this.#database, () => {
        if (changes.length > 0) this.#write(changes);
        if (position) this.#setPosition.run(position.catalogId, position.seq);
      });
    } catch (error) {
      this.#vocabulary.forget();
      this.#libraries.forget();
      throw error;
    }
  }

  /** Merges a little of one table. False where no table has anything left to merge. */
  tidy(): boolean {
    return this.#merges.some((merge) => {
      const before = this.#changesSoFar();
      merge.run(TIDIED_AT_ONCE);
      return this.#changesSoFar() - before > CHANGES_OF_NO_MERGE;
    });
  }

  #changesSoFar(): number {
    return firstRow<[number]>(this.#totalChanges)?.[0] ?? 0;
  }

  #write(changes: readonly SearchChange[]): void {
    let sequence = firstRow<[number]>(this.#nextSequence)?.[0] ?? 0;
    const removed: Record<SearchKind, StoredRecord[]> = { track: [], album: [], artist: [] };
    const inserted: Record<SearchKind, StoredRecord[]> = { track: [], album: [], artist: [] };
    const move = (kind: SearchKind, before: StoredRecord | undefined, now: Omit<StoredRecord, 'place'>) => {
      const place = placeOf(this.#plays.total(now.id), before ? sequenceOf(before.place) : sequence++);
      if (before && isFoundAlike(before, { ...now, place })) {
        if (!isShownAlike(before, now)) this.#stores[kind].updateShown({ ...now, place });
        return;
      }
      if (before) removed[kind].push(before);
      inserted[kind].push({ ...now, place });
    };

    const { items, playedIds } = this.#newest(changes);
    for (const change of items) {
      const { kind, id } = itemOf(change);
      const before = this.#stores[kind].find(id);
      if (change.kind === 'upsert') move(kind, before, storedOf(change.record, this.#libraries));
      else if (before) removed[kind].push(before);
    }
    for (const id of playedIds) {
      for (const kind of SEARCH_KINDS) {
        const before = this.#stores[kind].find(id);
        if (before) move(kind, before, before);
      }
    }
    for (const kind of SEARCH_KINDS) this.#stores[kind].replace(removed[kind], inserted[kind]);
    this.#setSequence.run(sequence);
  }

  /** The last word on each item, and the items of which nothing but plays is said. */
  #newest(changes: readonly SearchChange[]) {
    const items = new Map<number, ItemChange>();
    const playedIds = new Set<number>();
    for (const change of changes) {
      if (change.kind === 'plays') {
        this.#plays.set(change.itemId, change.userId, change.count);
        playedIds.add(change.itemId);
      } else {
        items.set(itemOf(change).id, change);
      }
    }
    for (const id of items.keys()) playedIds.delete(id);
    return { items: items.values(), playedIds };
  }
}

type ItemChange = Exclude<SearchChange, { readonly kind: 'plays' }>;

function itemOf(change: ItemChange): SearchItem {
  return change.kind === 'upsert' ? change.record : change.item;
}

function isFoundAlike(a: StoredRecord, b: StoredRecord): boolean {
  return (
    a.place === b.place &&
    a.libraryNumbers.join() === b.libraryNumbers.join() &&
    a.title === b.title &&
    a.artist === b.artist &&
    a.album === b.album
  );
}

type Shown = Pick<StoredRecord, 'coverAssetId' | 'durationMs'>;

function isShownAlike(a: Shown, b: Shown): boolean {
  return a.coverAssetId === b.coverAssetId && a.durationMs === b.durationMs;
}

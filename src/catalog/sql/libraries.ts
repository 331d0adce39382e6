import type { LibraryId } from '../../core/index.ts';
import type { LibraryView } from '../port.ts';
import type { Database } from './database.ts';
import { libraryBucket } from './ids.ts';
import { type Executor, prepared } from './prepared.ts';
import type { LibraryRow, TallyRow } from './schema.ts';
import type { CatalogTransaction } from './transaction.ts';

type NoParams = Readonly<Record<string, never>>;

const allLibraries = prepared<NoParams, LibraryRow>((db) =>
  db.selectFrom('library').selectAll().orderBy('number'),
);

const libraryTally = prepared<Omit<TallyRow, 'total'>, { total: number }>((db, param) =>
  db
    .selectFrom('tally')
    .select('total')
    .where('vb', '=', param('vb'))
    .where('library_id', '=', param('library_id'))
    .where('kind', '=', param('kind'))
    .where('name', '=', param('name')),
);

/** A handful, which lie in buckets of their own each: remembered, since almost every list begins with them. */
export class Libraries {
  readonly #database: Database;
  #known: readonly LibraryView[] | undefined;
  #generation = 0;

  constructor(database: Database) {
    this.#database = database;
    database.follow((changed) => {
      if (changed && !changed.some(({ table }) => table === 'library')) return;
      this.#generation++;
      this.#known = undefined;
    });
  }

  async all(): Promise<readonly LibraryView[]> {
    if (this.#known) return this.#known;
    const generation = this.#generation;
    const rows = await this.#database.all(allLibraries, {});
    const views = rows.map(({ id, name, number }) => ({ id: id as LibraryId, name, number }));
    if (generation === this.#generation) this.#known = views;
    return views;
  }

  /** Those that a list covers: the one that was asked for, or all. */
  async of(libraryId: LibraryId | undefined): Promise<readonly LibraryId[]> {
    if (libraryId !== undefined) return [libraryId];
    return (await this.all()).map(({ id }) => id);
  }
}

/** Tracks or albums of a library, without counting them. */
export async function countIn(
  from: Executor,
  libraryId: LibraryId,
  kind: 'tracks' | 'albums',
): Promise<number> {
  const key = { vb: libraryBucket(libraryId), library_id: libraryId, kind, name: '' };
  return (await from.first(libraryTally, key))?.total ?? 0;
}

/** A library that is known keeps its number, and takes the name. */
export async function putLibrary(tx: CatalogTransaction, id: LibraryId, name: string): Promise<void> {
  const known = await tx.all(allLibraries, {});
  const row = known.find((library) => library.id === id);
  if (row?.name === name) return;
  const number = row?.number ?? Math.max(0, ...known.map((library) => library.number)) + 1;
  await tx.put('library', { vb: libraryBucket(id), id, number, name });
}

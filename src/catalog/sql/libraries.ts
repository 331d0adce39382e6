import type { LibraryId } from '../../core/index.ts';
import type { LibraryView } from '../port.ts';
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

export async function libraries(from: Executor): Promise<readonly LibraryView[]> {
  const rows = await from.all(allLibraries, {});
  return rows.map(({ id, name, number }) => ({ id: id as LibraryId, name, number }));
}

/** The libraries that a list covers: the one that was asked for, or all. */
export async function librariesOf(
  from: Executor,
  libraryId: LibraryId | undefined,
): Promise<readonly LibraryId[]> {
  if (libraryId !== undefined) return [libraryId];
  return (await from.all(allLibraries, {})).map(({ id }) => id as LibraryId);
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

import type { CatalogReader } from '../../../catalog/index.ts';
import type { LibraryId } from '../../../core/index.ts';
import { integerParam, nothingHasId, type Params } from '../params.ts';

/** What `musicFolderId` restricts a list to; undefined for everything. */
export async function libraryFilter(
  catalog: Pick<CatalogReader, 'libraries'>,
  params: Params,
): Promise<LibraryId | undefined> {
  const number = integerParam(params, 'musicFolderId', { min: 0, max: Number.MAX_SAFE_INTEGER });
  if (number === undefined) return undefined;
  const library = (await catalog.libraries()).find((candidate) => candidate.number === number);
  if (!library) throw nothingHasId();
  return library.id;
}

import { access, readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { Database } from '../../catalog/sql/index.ts';
import { ClefError } from '../../core/index.ts';
import type { CatalogPlace } from '../config/catalog-address.ts';
import type { Config } from '../config/config.ts';
import type { DataFolder } from '../data-folder.ts';
import { readKeyFile } from './key-file.ts';

const text = v.pipe(v.string(), v.minLength(1), v.maxBytes(255));
const keySchema = v.object({ user: text, password: text });

/**
 * The catalogue's database: where CLEF_CATALOG says, otherwise a file of the data folder. `data-invalid` where that is
 * another library's, or where this one's catalogue is still in the data folder.
 */
export async function openCatalogDatabase({ catalog }: Config, data: DataFolder): Promise<Database> {
  const database = await openCatalogAt(catalog, data);
  if (catalog === undefined) return database;
  try {
    await assertOwn(database, data);
    return database;
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}

/** For this process alone; undefined: the file of the data folder. */
export async function openCatalogAt(place: CatalogPlace | undefined, data: DataFolder): Promise<Database> {
  if (place === undefined) return Database.open({ file: data.catalogFile });
  const { host, port, database, keyFile, tls, caFile } = place;
  const { user, password } = await readKeyFile(keyFile, {
    of: 'a database',
    by: 'CLEF_CATALOG',
    schema: keySchema,
    lines: 'user = "…" and password = "…"',
  });
  const ca = caFile === undefined ? undefined : await readAuthorities(caFile);
  const encryption = tls === 'off' ? undefined : { ...(ca !== undefined && { ca }) };
  return Database.connect({ host, port, database, user, password, tls: encryption }, { isExclusive: true });
}

async function assertOwn({ db }: Database, { identity, catalogFile }: DataFolder): Promise<void> {
  const libraries = await db.selectFrom('library').select('id').execute();
  if (libraries.length > 0) {
    if (libraries.some(({ id }) => id === identity.libraryId)) return;
    throw new ClefError(
      'data-invalid',
      'CLEF_CATALOG names the catalogue of another library than the data folder’s',
    );
  }
  const isInFolder = await access(catalogFile).then(
    () => true,
    () => false,
  );
  if (!isInFolder) return;
  throw new ClefError(
    'data-invalid',
    'the catalogue of this library is in its data folder: move it to where CLEF_CATALOG says with `clef catalog copy`',
  );
}

async function readAuthorities(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ClefError('config-invalid', `CLEF_CATALOG: the file of authorities cannot be read (${code})`);
  }
}

import { access, readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { type ConnectOptions, Database, type MysqlAddress } from '../../catalog/sql/index.ts';
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
export async function openCatalogDatabase(
  { catalog }: Config,
  data: DataFolder,
  { claim, onRelayFailure }: Pick<ConnectOptions, 'claim' | 'onRelayFailure'>,
): Promise<Database> {
  const database = await openCatalogAt(catalog, data, {
    relayFile: data.changesFile,
    ...(claim && { claim }),
    ...(onRelayFailure && { onRelayFailure }),
  });
  if (catalog === undefined) return database;
  try {
    await assertOwn(database, data);
    return database;
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}

/** Undefined: the file of the data folder. By default while no server is there, and changes are kept nowhere. */
export async function openCatalogAt(
  place: CatalogPlace | undefined,
  data: DataFolder,
  options: Pick<ConnectOptions, 'claim' | 'relayFile' | 'onRelayFailure'> = {},
): Promise<Database> {
  if (place === undefined) return Database.open({ file: data.catalogFile });
  return Database.connect(await addressOf(place, 'CLEF_CATALOG'), { claim: { kind: 'alone' }, ...options });
}

/** As `openCatalogAt`, where there is a catalogue of this library; otherwise `data-invalid`, and none is made in the data folder. */
export async function openOwnCatalogAt(place: CatalogPlace | undefined, data: DataFolder): Promise<Database> {
  const nothing = () =>
    new ClefError(
      'data-invalid',
      `there is no catalogue in ${place ? 'the database that CLEF_CATALOG names' : 'the data folder'}`,
    );
  if (!place && !(await isThere(data.catalogFile))) throw nothing();
  const database = await openCatalogAt(place, data);
  try {
    const libraries = await database.db.selectFrom('library').select('id').execute();
    if (libraries.length === 0) throw nothing();
    if (!libraries.some(({ id }) => id === data.identity.libraryId))
      throw anotherLibrary(place ? 'CLEF_CATALOG names' : 'the data folder holds');
    return database;
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}

/** With what the files hold that a place names. `by` is what named it. */
export async function addressOf(place: CatalogPlace, by: string): Promise<MysqlAddress> {
  const { host, port, others, replica, database, keyFile, tls, caFile } = place;
  const { user, password } = await readDatabaseKey(keyFile, by);
  const ca = caFile === undefined ? undefined : await readAuthorities(caFile, by);
  const encryption = tls === 'off' ? undefined : { ...(ca !== undefined && { ca }) };
  return { host, port, others, replica, database, user, password, tls: encryption };
}

export function readDatabaseKey(
  file: string,
  by: string,
): Promise<{ readonly user: string; readonly password: string }> {
  return readKeyFile(file, {
    of: 'a database',
    by,
    schema: keySchema,
    lines: 'user = "…" and password = "…"',
  });
}

async function assertOwn({ db }: Database, { identity, catalogFile }: DataFolder): Promise<void> {
  const libraries = await db.selectFrom('library').select('id').execute();
  if (libraries.length > 0) {
    if (libraries.some(({ id }) => id === identity.libraryId)) return;
    throw anotherLibrary('CLEF_CATALOG names');
  }
  if (!(await isThere(catalogFile))) return;
  throw new ClefError(
    'data-invalid',
    'the catalogue of this library is in its data folder: move it to where CLEF_CATALOG says with `clef catalog copy`',
  );
}

function anotherLibrary(where: string): ClefError {
  return new ClefError('data-invalid', `${where} the catalogue of another library than the data folder’s`);
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function readAuthorities(file: string, by: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ClefError('config-invalid', `${by}: the file of authorities cannot be read (${code})`);
  }
}

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Database } from '../../src/catalog/sql/index.ts';
import { sharedFolder } from './shared-by-run.ts';
import { CATALOG_OF_TESTS, leaseDatabase, openMariadb } from './shared-mariadb.ts';

/** An empty catalogue of a test's own process, there or in memory. */
export async function openCatalogOfTests(): Promise<Database> {
  if (CATALOG_OF_TESTS === undefined) return Database.open({ file: ':memory:' });
  const { address } = await leaseDatabase();
  return Database.connect(address);
}

/** The same, which the stack closes, for the next test to have. */
export async function useCatalogOfTests(stack: AsyncDisposableStack): Promise<Database> {
  return CATALOG_OF_TESTS === undefined ? stack.use(await openCatalogOfTests()) : openMariadb(stack);
}

const places = new Map<string, Promise<string>>();

/** The settings, with a place for the catalogue where this run of tests wants it elsewhere than in the data folder. */
export async function withCatalogPlace(settings: Record<string, string>): Promise<Record<string, string>> {
  const { CLEF_DATA: data, CLEF_CATALOG: given } = settings;
  // One of these goes on with the settings of a server to another data folder.
  const isOthers = given !== undefined && !given.includes('/catalogue-');
  if (CATALOG_OF_TESTS === undefined || data === undefined || isOthers) return settings;
  let place = places.get(data);
  if (!place) places.set(data, (place = makePlace()));
  return { ...settings, CLEF_CATALOG: await place };
}

async function makePlace(): Promise<string> {
  const { address } = await leaseDatabase();
  const { host, port, database, user, password } = address;
  const keyFile = join(sharedFolder('catalogue'), 'key');
  await writeFile(keyFile, `user = "${user}"\npassword = "${password}"\n`, { mode: 0o600 });
  return `mysql://${host}:${port}/${database}?key=${keyFile}`;
}

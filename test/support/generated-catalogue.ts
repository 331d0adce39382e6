import { join } from 'node:path';
import { sql } from 'kysely';
import { importedTracks, importGenerated } from '../../bench/catalog/imported-tracks.ts';
import { createSqlCatalog, Database } from '../../src/catalog/sql/index.ts';
import type { LibraryId } from '../../src/core/index.ts';
import { runClef } from './clef-process.ts';

const SETTINGS = {
  CLEF_ADMIN_PASSWORD: 'correct horse battery staple',
  CLEF_RECOVERY_PASSPHRASE: 'velvet otter piano gravel',
};
const SAID_EVERY = 51_200;

/** A data folder with keys, an administrator and so many generated tracks without audio. */
export async function writeGeneratedCatalogue(
  data: string,
  count: number,
  seed: number,
  say: (text: string) => void,
): Promise<void> {
  const own = { ...SETTINGS, CLEF_DATA: data };
  await runClef(['user', 'add', 'listener'], own);
  const { status, stdout, stderr } = await runClef(['status', '--json'], own);
  if (status !== 0) throw new Error(stderr);
  const { libraryId } = JSON.parse(stdout) as { libraryId: LibraryId };
  await using database = await Database.open({ file: join(data, 'catalog.sqlite') });
  // Nobody needs it after a power cut, and it is written many times as fast.
  await sql`pragma synchronous = off`.execute(database.db);
  const catalog = createSqlCatalog(database);
  const { id: sourceId } = await catalog.ensureSource(libraryId, join(data, '..', 'no-music'));
  await importGenerated(catalog, importedTracks(count, { libraryId, sourceId }, seed), (imported) => {
    if (imported % SAID_EVERY === 0) say(`${imported} tracks imported`);
  });
}

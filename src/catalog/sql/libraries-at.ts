import { sql } from 'kysely';
import type { LibraryId } from '../../core/index.ts';
import type { MysqlAddress } from './mysql/address.ts';

/**
 * Whose catalogue a database holds; of none where there is no catalogue. Nothing is made or brought up to date, and whoever
 * has it open goes on.
 */
export async function librariesAt(address: MysqlAddress): Promise<readonly LibraryId[]> {
  const { MysqlEngine } = await import('./mysql/engine.ts');
  await using engine = await MysqlEngine.connect(address);
  const db = engine.patientDb;
  const { rows: tables } = await sql`select 1 from information_schema.tables
    where table_schema = database() and table_name = 'library'`.execute(db);
  if (tables.length === 0) return [];
  const libraries = await db.selectFrom('library').select('id').execute();
  return libraries.map(({ id }) => id as LibraryId);
}

import { createConnection, type RowDataPacket } from 'mysql2/promise';
import type { MysqlAddress } from '../../src/catalog/sql/mysql/address.ts';
import { primaryKeys, tableNames } from '../../src/catalog/sql/primary-keys.ts';

/** Ids stay in their bucket. */
const ID_STEP = 1_048_576;
/** Lists of many items under one key; of others each key has few rows. */
const LISTS: ReadonlySet<string> = new Set([
  'annotation',
  'artist_track',
  'library_album',
  'library_artist',
  'library_track',
  'genre_track',
  'genre_album',
]);
/** Whose a row is, besides its key. */
const OWNERS: ReadonlySet<string> = new Set(['owner_id', 'user_id']);

/**
 * Adds so many others of each row of a data node, in its bucket, under ids that nothing else names: enough that its plans are those of a
 * large catalogue.
 */
export async function multiplyRows(node: MysqlAddress, times: number): Promise<void> {
  const connection = await createConnection({ ...node });
  try {
    await connection.query('set @clef_moves = 1');
    for (const table of tableNames) {
      const keys: readonly string[] = primaryKeys[table];
      const key = LISTS.has(table) ? keys.at(-1) : keys[1];
      if (key === undefined || table.startsWith('outbox')) continue;
      const [columns] = await connection.query<RowDataPacket[]>(`show columns from \`${table}\``);
      const values = columns.map(({ Field: name, Type: type }) => {
        const isOthers = name === key || (OWNERS.has(String(name)) && !LISTS.has(table));
        if (!isOthers) return `one.\`${String(name)}\``;
        return /int/.test(String(type))
          ? `one.\`${String(name)}\` + other.seq * ${ID_STEP}`
          : `concat(lpad(other.seq, 6, '0'), substr(one.\`${key}\`, 7))`;
      });
      // What is told apart by more than its key has no others.
      await connection.query(
        `insert ignore into \`${table}\` select ${values.join(', ')} from \`${table}\` one, seq_1_to_${times} other`,
      );
      await connection.query(`analyze table \`${table}\``);
    }
  } finally {
    await connection.end();
  }
}

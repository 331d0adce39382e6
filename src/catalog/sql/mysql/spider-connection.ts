import type { PoolConnection, RowDataPacket } from 'mysql2';
import { ClefError, isClefError } from '../../../core/index.ts';
import { isSilence, translateMysqlError } from './failures.ts';

/** Whoever waits for this connection may want another data node than the one that knows the newest map. */
const SILENCE_SECONDS = 1;
/** Of the Spider node itself. */
const SILENCE_MS = 1_500;
const HOW_OLD = `set statement spider_net_read_timeout = ${SILENCE_SECONDS} for
  select version as told, (select max(version) from shard_map) as newest from shard_told`;

/**
 * Refuses a Spider node that was away while buckets moved, with `catalog-offline`: it would read rows where they are no more.
 * Where the node that knows the newest map is away, buckets are not moved either.
 */
export async function admitSpider(connection: PoolConnection): Promise<void> {
  let rows: readonly RowDataPacket[];
  try {
    [rows] = await connection.promise().query<RowDataPacket[]>({ sql: HOW_OLD, timeout: SILENCE_MS });
  } catch (cause) {
    const error = translateMysqlError(cause);
    if (isClefError(error, 'catalog-offline') && !isSilence(cause)) return;
    throw error;
  }
  const [row] = rows;
  if (Number(row?.['told']) >= Number(row?.['newest'])) return;
  throw new ClefError(
    'catalog-offline',
    'a Spider node has an old map of buckets: run `clef catalog shards apply`',
  );
}

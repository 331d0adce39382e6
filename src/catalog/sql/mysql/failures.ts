import { ClefError } from '../../../core/index.ts';

/** Errors of a server by name, and of sockets as Node names them. */
const AWAY: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'ER_CON_COUNT_ERROR',
  'ER_CONNECTION_KILLED',
  'ER_SERVER_SHUTDOWN',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
]);
/**
 * What Spider says of a data node that it cannot reach, or that went away: of the server's errors (MariaDB manual, "MariaDB
 * Error Codes") those of connections to other servers, the client library's own, and Spider's, of which the client knows no name.
 */
const SHARD_AWAY: ReadonlySet<number> = new Set([
  1_158, 1_159, 1_160, 1_161, 1_429, 2_002, 2_003, 2_006, 2_013, 12_701,
]);
const REFUSED: ReadonlySet<string> = new Set([
  'ER_ACCESS_DENIED_ERROR',
  'ER_DBACCESS_DENIED_ERROR',
  'ER_BAD_DB_ERROR',
  'ER_SPECIFIC_ACCESS_DENIED_ERROR',
  'ER_TABLEACCESS_DENIED_ERROR',
]);
const FULL: ReadonlySet<string> = new Set(['ER_RECORD_FILE_FULL', 'ER_DISK_FULL']);
/**
 * Two transactions could not both go on: this one was undone, or waited for too long. Or the name that Spider gave it is that of
 * one in doubt from before Spider was started; the next has another.
 */
const CONTENTION: ReadonlySet<string> = new Set([
  'ER_LOCK_DEADLOCK',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_XAER_DUPID',
]);

/** Says what a failure of the database means for whoever keeps it; others pass through. Repeats no address and no name. */
export function translateMysqlError(error: unknown): unknown {
  const options = { cause: error };
  if (SHARD_AWAY.has(numberOf(error)))
    return new ClefError('catalog-offline', 'a part of the catalogue’s database cannot be reached', options);
  const code = codeOf(error) ?? (isFatal(error) ? 'PROTOCOL_CONNECTION_LOST' : undefined);
  if (code === undefined) return error;
  if (AWAY.has(code))
    return new ClefError('catalog-offline', 'the catalogue’s database cannot be reached', options);
  if (REFUSED.has(code))
    return new ClefError(
      'config-invalid',
      'the catalogue’s database refuses what CLEF_CATALOG names',
      options,
    );
  if (FULL.has(code))
    return new ClefError('data-full', 'the disk of the catalogue’s database is full', options);
  if (code === 'ER_DATA_TOO_LONG')
    return new ClefError('bad-request', 'a text is longer than the catalogue’s database takes', options);
  return error;
}

/** A bucket is on its way to another shard, or this connection does not know yet that it went there (`guardRanges`). */
export function isElsewhere(error: unknown): boolean {
  return error instanceof Error && error.message.includes('clef: this bucket is elsewhere');
}

export function isContention(error: unknown): boolean {
  return CONTENTION.has(codeOf(error) ?? '');
}

/**
 * A session of Spider that could not name its distributed transaction goes on with the name it could not have: the next one is
 * written on data nodes, its commit finds no such name there and ends nothing, and the session reads what it wrote. By the
 * server's errors of distributed transactions, and Spider's.
 */
export function spoilsSession(error: unknown): boolean {
  const number = numberOf(error);
  return (codeOf(error)?.startsWith('ER_XAER_') ?? false) || (number >= 12_600 && number < 12_700);
}

/** Not a word in time, rather than an end. */
export function isSilence(error: unknown): boolean {
  return codeOf(error) === 'PROTOCOL_SEQUENCE_TIMEOUT';
}

/** Another transaction was first to write the row. */
export function isDuplicate(error: unknown): boolean {
  return codeOf(error) === 'ER_DUP_ENTRY';
}

/** Of a connection that is closed already mysql2 gives no code. */
function isFatal(error: unknown): boolean {
  return error instanceof Error && 'fatal' in error && error.fatal === true;
}

function numberOf(error: unknown): number {
  return error instanceof Error && 'errno' in error ? Number(error.errno) : 0;
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error instanceof ClefError || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

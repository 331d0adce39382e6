import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { LRUCache } from 'lru-cache';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import { ClefError } from '../../../core/index.ts';

/** Distinct statements kept prepared; the catalogue has about two hundred, in a few list sizes each. */
const MAX_PREPARED_STATEMENTS = 512;

// https://www.sqlite.org/rescode.html, primary codes.
const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;

/** Says what an SQLite failure means for the owner of the data; others pass through. */
export function translateSqliteError(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return error;
  switch (error.errcode & 0xff) {
    case SQLITE_BUSY:
      return new ClefError('data-in-use', 'the catalogue is open in another process', { cause: error });
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return new ClefError('catalog-corrupt', 'the catalogue file is damaged', { cause: error });
    case SQLITE_FULL:
      return new ClefError('data-full', 'the disk of the data folder has no space left', { cause: error });
    default:
      return error;
  }
}

function translated<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw translateSqliteError(error);
  }
}

class CachedStatement implements SqliteStatement {
  readonly #statement: StatementSync;
  readonly reader: boolean;

  constructor(statement: StatementSync) {
    this.#statement = statement;
    this.reader = statement.columns().length > 0;
  }

  all(parameters: readonly unknown[]): unknown[] {
    return translated(() => this.#statement.all(...(parameters as SQLInputValue[])));
  }

  run(parameters: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint } {
    return translated(() => this.#statement.run(...(parameters as SQLInputValue[])));
  }

  iterate(parameters: readonly unknown[]): IterableIterator<unknown> {
    return this.#statement.iterate(...(parameters as SQLInputValue[]));
  }
}

/** A ROLLBACK where SQLite has rolled back on its own (a full disk) would hide the error that caused it. */
const alreadyRolledBack: SqliteStatement = {
  reader: false,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [].values(),
};

/** The part of better-sqlite3's interface that Kysely's SqliteDialect asks for, over `node:sqlite`. */
export function kyselyDatabase(database: DatabaseSync): SqliteDatabase {
  const prepared = new LRUCache<string, CachedStatement>({ max: MAX_PREPARED_STATEMENTS });
  return {
    prepare(sql) {
      if (sql === 'rollback' && !database.isTransaction) return alreadyRolledBack;
      let statement = prepared.get(sql);
      if (!statement) {
        statement = translated(() => new CachedStatement(database.prepare(sql)));
        prepared.set(sql, statement);
      }
      return statement;
    },
    close() {
      prepared.clear();
      database.close();
    },
  };
}

export interface SqliteFileOptions {
  /** A path, or `:memory:`. */
  readonly file: string;
  /** How long to wait for another process to let go of the file. */
  readonly busyTimeoutMs: number;
}

/** 32 MiB of pages, in KiB as the pragma wants it negated. */
const PAGE_CACHE_KIB = 32 * 1024;

/**
 * Opens a file that this process then owns: the exclusive lock is held until it closes or dies, and a second
 * process gets `data-in-use`. WAL keeps a commit to one sequential write, and synchronous=FULL fsyncs it: what
 * was acknowledged survives kill -9 and power loss alike. An import shares one such commit among many tracks.
 */
export function openSqlite(options: SqliteFileOptions): DatabaseSync {
  const database = translated(() => new DatabaseSync(options.file, { timeout: options.busyTimeoutMs }));
  try {
    translated(() => {
      // Before the first access, so that the wal-index is in this process's memory and nobody else's.
      database.exec('pragma locking_mode = exclusive');
      database.exec('pragma journal_mode = wal');
      database.exec('pragma synchronous = full');
      database.exec('pragma foreign_keys = on');
      database.exec(`pragma cache_size = -${PAGE_CACHE_KIB}`);
      database.exec('pragma temp_store = memory');
      database.exec('begin immediate');
      database.exec('commit');
    });
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

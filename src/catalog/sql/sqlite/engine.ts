import type { DatabaseSync } from 'node:sqlite';
import { Kysely, SqliteDialect, type Transaction } from 'kysely';
import type { Engine } from '../engine.ts';
import type { Schema } from '../schema.ts';
import { kyselyDatabase, openSqlite, type SqliteFileOptions } from './node-sqlite.ts';

/** One connection, one writer: calls run one after another, and a transaction holds the connection until it ends. */
export class SqliteEngine implements Engine {
  readonly lanes = 'one';
  readonly db: Kysely<Schema>;
  readonly #connection: DatabaseSync;

  constructor(options: SqliteFileOptions) {
    this.#connection = openSqlite(options);
    this.db = new Kysely<Schema>({
      dialect: new SqliteDialect({ database: kyselyDatabase(this.#connection) }),
    });
  }

  get patientDb(): Kysely<Schema> {
    return this.db;
  }

  get compiler(): Kysely<Schema> {
    return this.db;
  }

  migrate(work: (db: Kysely<Schema>) => Promise<void>): Promise<void> {
    return work(this.db);
  }

  transact<Result>(work: (connection: Transaction<Schema>) => Promise<Result>): Promise<Result> {
    return this.db.transaction().execute(work);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Kysely opens lazily and would leave a connection alone that it has not used.
    await this.db.destroy();
    if (this.#connection.isOpen) this.#connection.close();
  }
}

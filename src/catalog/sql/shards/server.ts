import { Kysely, MysqlDialect, type RawBuilder, sql } from 'kysely';
import { ClefError } from '../../../core/index.ts';
import { holdLock } from '../mysql/named-lock.ts';
import type { MysqlAddress } from '../mysql/address.ts';
import { openPool } from '../mysql/open-pool.ts';
import { patientSessions } from '../mysql/sessions.ts';
import type { Schema } from '../schema.ts';

/** Tables are made and changed here, and whole ranges copied. */
const PATIENCE_MS = 600_000;

/** One of MariaDB's servers, as who keeps it sees it. */
export class Server implements AsyncDisposable {
  readonly name: string;
  readonly address: MysqlAddress;
  readonly database: string;
  readonly db: Kysely<Schema>;

  private constructor(name: string, address: MysqlAddress) {
    this.name = name;
    this.address = address;
    this.database = address.database;
    this.db = new Kysely<Schema>({
      dialect: new MysqlDialect({
        pool: () => openPool(address, { session: patientSessions.plain, patienceMs: PATIENCE_MS }),
      }),
    });
  }

  /** `catalog-offline` and `config-invalid` name the server; the latter also where it has no such database. */
  static async connect(name: string, address: MysqlAddress): Promise<Server> {
    try {
      await using without = new Server(name, { ...address, database: '' });
      const found = await without.rows(
        sql`select schema_name from information_schema.schemata where schema_name = ${address.database}`,
      );
      if (found.length === 0)
        throw new ClefError('config-invalid', `it has no database ${address.database} yet`);
    } catch (error) {
      throw named(name, error);
    }
    return new Server(name, address);
  }

  /**
   * Makes the database where there is none, on this server alone: a replica that repeated it would be told of something
   * that its primary has not.
   */
  static async make(name: string, address: MysqlAddress): Promise<Server> {
    try {
      await using without = new Server(name, { ...address, database: '' });
      const [found] = await without.rows(
        sql`select 1 from information_schema.schemata where schema_name = ${address.database}`,
      );
      if (!found) await without.runUnlogged(sql`create database if not exists ${sql.id(address.database)}`);
    } catch (error) {
      throw named(name, error);
    }
    return new Server(name, address);
  }

  async run(statement: RawBuilder<unknown>): Promise<void> {
    await statement.execute(this.db);
  }

  /** Replicas do not repeat it. */
  async runUnlogged(statement: RawBuilder<unknown>): Promise<void> {
    await this.db.connection().execute(async (connection) => {
      await sql`set session sql_log_bin = 0`.execute(connection);
      try {
        await statement.execute(connection);
      } finally {
        await sql`set session sql_log_bin = 1`.execute(connection);
      }
    });
  }

  async rows<Row>(query: RawBuilder<Row>): Promise<readonly Row[]> {
    return (await query.execute(this.db)).rows;
  }

  /** Lets whoever changes shards be the only one, until it is disposed of before the server is. `data-in-use` where another does. */
  async claim(): Promise<AsyncDisposable> {
    const claim = await holdLock([this.db], 'shards', { waitSeconds: 0 });
    if (!claim)
      throw new ClefError('data-in-use', `${this.name}: another \`clef catalog shards\` is changing it`);
    return claim;
  }

  /** Does not open it. */
  async hasTable(table: string): Promise<boolean> {
    const rows = await this.rows(sql`select table_name from information_schema.tables
      where table_schema = database() and table_name = ${table}`);
    return rows.length > 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.db.destroy();
  }
}

function named(name: string, error: unknown): unknown {
  if (!(error instanceof ClefError)) return error;
  return new ClefError(error.code, `${name}: ${error.message}`, { cause: error });
}

/** A text in a statement that takes no parameters. */
export function literal(text: string): RawBuilder<string> {
  return sql.raw(`'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`);
}

import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import type { MysqlAddress } from '../../src/catalog/sql/mysql/address.ts';

/** A statement as a server of MariaDB got it. */
export interface LoggedStatement {
  /** The connection that it came by, as its server counts them. */
  readonly connection: number;
  readonly text: string;
}

/** What servers are told, from their general logs. */
export class StatementLog implements AsyncDisposable {
  readonly #connections: readonly Connection[];

  private constructor(connections: readonly Connection[]) {
    this.#connections = connections;
  }

  /** Each address names who may do everything on a server; what that user says is left out. */
  static async open(servers: readonly MysqlAddress[]): Promise<StatementLog> {
    const connections = await Promise.all(servers.map((server) => createConnection({ ...server })));
    for (const connection of connections) {
      await connection.query('set sql_log_off = 1');
      // A replica with transactions of its own would stop.
      await connection.query('set sql_log_bin = 0');
      await connection.query("set global log_output = 'TABLE'");
      await connection.query('set global general_log = 1');
    }
    return new StatementLog(connections);
  }

  /** Of each server, what it was told since the last call, in order. */
  async take(): Promise<readonly (readonly LoggedStatement[])[]> {
    return Promise.all(
      this.#connections.map(async (connection) => {
        const [rows] = await connection.query<RowDataPacket[]>(
          `select thread_id, convert(argument using utf8mb4) as argument from mysql.general_log
            where command_type = 'Query' and user_host not like concat(substring_index(user(), '@', 1), '[%')`,
        );
        await connection.query('truncate mysql.general_log');
        return rows.map((row) => ({ connection: Number(row['thread_id']), text: String(row['argument']) }));
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.#connections) {
      await connection.query('set global general_log = 0');
      await connection.end();
    }
  }
}

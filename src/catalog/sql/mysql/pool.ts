import type { MysqlPool, MysqlQueryResult } from 'kysely';
import { createPool, type Pool, type PoolConnection, type QueryError } from 'mysql2';
import { translateMysqlError } from './failures.ts';

export interface MysqlAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Undefined: not encrypted. */
  readonly tls?: { readonly ca?: string } | undefined;
}

const CONNECT_MS = 2_000;
const CONNECTIONS = 10;
/** Connections to one database, each told `session` first. Texts are UTF-8, numbers are JavaScript's, bytes are plain arrays. */
export function mysqlPool({ tls, ...address }: MysqlAddress, session: readonly string[]): Pool {
  const pool = createPool({
    ...address,
    ...(tls && { ssl: { rejectUnauthorized: true, ...tls } }),
    charset: 'utf8mb4',
    connectTimeout: CONNECT_MS,
    connectionLimit: CONNECTIONS,
    supportBigNumbers: true,
    decimalNumbers: true,
    // A server may ask for any file of this machine otherwise.
    flags: ['-LOCAL_FILES'],
    typeCast: (_field, next) => {
      const value = next();
      return Buffer.isBuffer(value) ? new Uint8Array(value) : value;
    },
  });
  pool.on('connection', (connection) => {
    // In front of whatever the connection was made for.
    for (const setting of session) connection.query(setting);
  });
  return pool;
}

/** As Kysely asks for it; failures are what they mean. A server that says nothing for `patienceMs` is away. */
export function kyselyPool(pool: Pool, patienceMs: number): MysqlPool {
  const known = new WeakMap<PoolConnection, PatientConnection>();
  return {
    getConnection(callback) {
      pool.getConnection((error, connection) => {
        // Kysely reads the connection only where there is no error.
        if (error) {
          callback(translateMysqlError(error), undefined as never);
          return;
        }
        let patient = known.get(connection);
        if (!patient) known.set(connection, (patient = new PatientConnection(connection, patienceMs)));
        // Kysely reads no result as a stream, which is the other signature of `query`.
        callback(undefined, patient);
      });
    },
    end: (callback) => pool.end(callback),
  };
}

const SILENT: QueryError = Object.assign(new Error('no answer'), {
  code: 'PROTOCOL_SEQUENCE_TIMEOUT',
  fatal: true,
});

class PatientConnection {
  readonly #connection: PoolConnection;
  readonly #patienceMs: number;
  #isLost = false;

  constructor(connection: PoolConnection, patienceMs: number) {
    this.#connection = connection;
    this.#patienceMs = patienceMs;
  }

  query(
    sql: string,
    values: unknown[],
    callback?: (error: unknown, result: MysqlQueryResult) => void,
  ): never {
    // Rows, or what a change did, as mysql2 gives them to Kysely.
    const answer = (error: QueryError | null, result?: unknown): void =>
      callback?.(error ? translateMysqlError(error) : undefined, result as MysqlQueryResult);
    if (sql === 'rollback') this.#rollBack(() => answer(null, []));
    else this.#ask(sql, values, answer);
    // Kysely reads no result as a stream, which is the other signature.
    return undefined as never;
  }

  /** A transaction ends with its connection where nothing else ends it. To say so would hide what it failed of. */
  #rollBack(done: () => void): void {
    if (this.#isLost) {
      done();
      return;
    }
    this.#ask('rollback', [], (error) => {
      if (error) this.#connection.destroy();
      done();
    });
  }

  #ask(sql: string, values: unknown[], callback: (error: QueryError | null, result?: unknown) => void): void {
    let isAnswered = false;
    const answer = (error: QueryError | null, result?: unknown): void => {
      if (isAnswered) return;
      isAnswered = true;
      clearTimeout(timer);
      if (error?.fatal === true) this.#isLost = true;
      callback(error, result);
    };
    const timer = setTimeout(() => {
      // It tells nobody who waits.
      this.#connection.destroy();
      answer(SILENT);
    }, this.#patienceMs);
    this.#connection.query(sql, values, answer);
  }

  release(): void {
    this.#connection.release();
  }
}

import type { MysqlPool, MysqlQueryResult } from 'kysely';
import { createPool, type Pool, type PoolConnection, type QueryError } from 'mysql2';
import { isClefError } from '../../../core/index.ts';
import { spoilsSession, translateMysqlError } from './failures.ts';

export interface MysqlAddress {
  readonly host: string;
  readonly port: number;
  /** Servers that lead to the same rows, for when the first is away. */
  readonly others?: readonly { readonly host: string; readonly port: number }[];
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Undefined: not encrypted. */
  readonly tls?: { readonly ca?: string } | undefined;
}

const CONNECT_MS = 2_000;
const CONNECTIONS = 10;
/** Connections to one database, each told `session` first. Texts are UTF-8, numbers are JavaScript's, bytes are plain arrays. */
function mysqlPool({ tls, ...address }: MysqlAddress, session: readonly string[]): Pool {
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

export interface PoolOptions {
  /** What each connection is told before it is used. */
  readonly session: readonly string[];
  /** A server that says nothing for so long is away. */
  readonly patienceMs: number;
  /** Looks at a new connection; what it throws keeps that from being used. */
  readonly admit?: (connection: PoolConnection) => Promise<void>;
}

/** As Kysely asks for it; failures are what they mean. Goes to the next server where one is away, and stays there. */
export function kyselyPool(address: MysqlAddress, { session, patienceMs, admit }: PoolOptions): MysqlPool {
  const { others = [], ...first } = address;
  const pools = [first, ...others.map((other) => ({ ...first, ...other }))].map((one) =>
    mysqlPool(one, session),
  );
  const known = new WeakMap<PoolConnection, PatientConnection>();
  let preferred = 0;

  async function connect(): Promise<PatientConnection> {
    const start = preferred;
    let failure: unknown;
    for (let tried = 0; tried < pools.length; tried++) {
      const at = (start + tried) % pools.length;
      try {
        const connection = await connectionOf(pools[at]);
        preferred = at;
        return connection;
      } catch (error) {
        if (!isClefError(error, 'catalog-offline')) throw error;
        failure ??= error;
      }
    }
    throw failure;
  }

  async function connectionOf(pool: Pool | undefined): Promise<PatientConnection> {
    const connection = await new Promise<PoolConnection>((resolve, reject) => {
      pool?.getConnection((error, one) =>
        error ? reject(asError(translateMysqlError(error))) : resolve(one),
      );
    });
    let patient = known.get(connection);
    if (patient) return patient;
    try {
      await admit?.(connection);
    } catch (error) {
      connection.destroy();
      throw error;
    }
    patient = new PatientConnection(connection, patienceMs);
    known.set(connection, patient);
    return patient;
  }

  return {
    getConnection: (callback) => void give(callback),
    end: (callback) => void end(callback),
  };

  async function give(callback: Parameters<MysqlPool['getConnection']>[0]): Promise<void> {
    let connection: PatientConnection;
    try {
      connection = await connect();
    } catch (error) {
      // Kysely reads the connection only where there is no error.
      callback(error, undefined as never);
      return;
    }
    // Kysely reads no result as a stream, which is the other signature of `query`.
    callback(undefined, connection);
  }

  async function end(callback: (error: unknown) => void): Promise<void> {
    try {
      await Promise.all(pools.map((pool) => pool.promise().end()));
    } catch (error) {
      callback(error);
      return;
    }
    callback(undefined);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('the database failed', { cause: error });
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
    if (this.#isLost && sql !== 'rollback') answer(SILENT);
    else if (sql === 'rollback') this.#rollBack(() => answer(null, []));
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
      if (error) this.#lose();
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
      else if (error && (sql === 'commit' || spoilsSession(error))) this.#lose();
      callback(error, result);
    };
    const timer = setTimeout(() => {
      // It tells nobody who waits.
      this.#connection.destroy();
      answer(SILENT);
    }, this.#patienceMs);
    this.#connection.query(sql, values, answer);
  }

  /** Another asks what became of it: this one may see what it has not committed. */
  #lose(): void {
    this.#isLost = true;
    this.#connection.destroy();
  }

  release(): void {
    this.#connection.release();
  }
}

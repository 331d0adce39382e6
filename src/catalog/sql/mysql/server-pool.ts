import { createPool, type Pool, type PoolConnection } from 'mysql2';
import { translateMysqlError } from './failures.ts';
import { PatientConnection, SILENT } from './patient-connection.ts';
import type { MysqlAddress, PoolOptions } from './address.ts';

const LONGEST_CONNECT_MS = 2_000;
const CONNECTIONS = 10;

/** Connections to one server. */
export class ServerPool {
  readonly #pool: Pool;
  readonly #options: PoolOptions;
  readonly #connectMs: number;
  readonly #onSilence: () => void;
  readonly #known = new WeakMap<PoolConnection, PatientConnection>();
  /** By any of them: the server lives. */
  #heardAtMs = 0;

  /** `connectMs`: after so long without a word a connection is not waited for any more. */
  constructor(
    address: MysqlAddress,
    options: PoolOptions,
    { connectMs, onSilence }: { readonly connectMs: number; readonly onSilence: () => void },
  ) {
    this.#options = options;
    this.#connectMs = Math.min(connectMs, LONGEST_CONNECT_MS);
    this.#onSilence = onSilence;
    this.#pool = mysqlPool(address, options, this.#connectMs);
  }

  /** Waits for those that others use as long as the server says anything to them. */
  async connection(): Promise<PatientConnection> {
    const askedAtMs = performance.now();
    const connection = await this.#take();
    const known = this.#known.get(connection);
    if (known) return known;
    const { admit, patienceMs } = this.#options;
    try {
      await admit?.(connection);
    } catch (error) {
      connection.destroy();
      throw error;
    }
    const onHeard = () => (this.#heardAtMs = performance.now());
    onHeard();
    const spentMs = Math.min(performance.now() - askedAtMs, patienceMs / 2);
    const options = { patienceMs, onHeard, onSilence: this.#onSilence };
    const patient = new PatientConnection(connection, options, spentMs);
    this.#known.set(connection, patient);
    return patient;
  }

  /** One whose server is gone has ended, though mysql2 calls it a failure. */
  async end(): Promise<void> {
    await this.#pool
      .promise()
      .end()
      .catch(() => undefined);
  }

  #take(): Promise<PoolConnection> {
    return new Promise((resolve, reject) => {
      const askedAtMs = performance.now();
      let isGivenUp = false;
      const look = () => {
        const heardAtMs = Math.max(askedAtMs, this.#heardAtMs);
        const leftMs = heardAtMs + this.#connectMs - performance.now();
        if (leftMs > 0) {
          timer = setTimeout(look, leftMs);
          return;
        }
        isGivenUp = true;
        this.#onSilence();
        reject(asError(translateMysqlError(SILENT)));
      };
      let timer = setTimeout(look, this.#connectMs);
      this.#pool.getConnection((error, connection) => {
        clearTimeout(timer);
        // mysql2 says that it always gives one.
        if (isGivenUp) (connection as PoolConnection | undefined)?.release();
        else if (error) reject(asError(translateMysqlError(error)));
        else resolve(connection);
      });
    });
  }
}

/** Connections to one database, each told `session` first. Texts are UTF-8, numbers are JavaScript's, bytes are plain arrays. */
function mysqlPool(
  { tls, ...address }: MysqlAddress,
  { session, connections = CONNECTIONS }: PoolOptions,
  connectTimeout: number,
): Pool {
  const pool = createPool({
    ...address,
    ...(tls && { ssl: { rejectUnauthorized: true, ...tls } }),
    charset: 'utf8mb4',
    connectTimeout,
    connectionLimit: connections,
    maxIdle: CONNECTIONS,
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

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('the database failed', { cause: error });
}

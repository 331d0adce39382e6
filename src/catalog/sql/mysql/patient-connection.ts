import type { MysqlQueryResult } from 'kysely';
import type { PoolConnection, QueryError } from 'mysql2';
import { spoilsSession, translateMysqlError } from './failures.ts';

/** What is told of a server that says nothing. */
export const SILENT: QueryError = Object.assign(new Error('no answer'), {
  code: 'PROTOCOL_SEQUENCE_TIMEOUT',
  fatal: true,
});

export interface PatientOptions {
  readonly patienceMs: number;
  readonly onHeard: () => void;
  readonly onSilence: () => void;
}

/** A connection whose server is away where an answer does not come in time; failures are what they mean. */
export class PatientConnection {
  readonly #connection: PoolConnection;
  readonly #options: PatientOptions;
  #patienceMs: number;
  #isLost = false;

  /** `spentMs`: to make it took so long, of which whoever waits for its first answer knows nothing. */
  constructor(connection: PoolConnection, options: PatientOptions, spentMs: number) {
    this.#connection = connection;
    this.#options = options;
    this.#patienceMs = options.patienceMs - spentMs;
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
    const { patienceMs, onHeard, onSilence } = this.#options;
    let isAnswered = false;
    const answer = (error: QueryError | null, result?: unknown): void => {
      if (isAnswered) return;
      isAnswered = true;
      clearTimeout(timer);
      if (error?.fatal === true) this.#isLost = true;
      else onHeard();
      if (error && (sql === 'commit' || spoilsSession(error))) this.#lose();
      // The statement, with its values: passwords, keys. What fails is shown to people.
      if (error) Reflect.deleteProperty(error, 'sql');
      callback(error, result);
    };
    const giveUp = () => {
      if (isAnswered) return;
      // It tells nobody who waits.
      this.#connection.destroy();
      onSilence();
      answer(SILENT);
    };
    // What came while this process had no turn is read first.
    const timer = setTimeout(() => setImmediate(giveUp), this.#patienceMs);
    this.#patienceMs = patienceMs;
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

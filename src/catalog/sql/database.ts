import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import { toHex } from '../../core/index.ts';
import type { Engine, TransactOptions } from './engine.ts';
import { IdBlocks } from './id-blocks.ts';
import { migrate } from './migrate.ts';
import type { MysqlOptions } from './mysql/engine.ts';
import type { MysqlAddress } from './mysql/pool.ts';
import { type Executor, executor, type Prepared, type PreparedList } from './prepared.ts';
import type { Schema } from './schema.ts';
import { SqliteEngine } from './sqlite/engine.ts';
import { CatalogTransaction, type ChangedRow } from './transaction.ts';

/** How long a starting server waits for one that is shutting down. */
const DEFAULT_BUSY_TIMEOUT_MS = 2_000;

export interface OpenDatabaseOptions {
  /** A path, or `:memory:` for a catalogue that ends with the process. */
  readonly file: string;
  readonly busyTimeoutMs?: number;
}

/** `changed` is undefined where any row may be another than before. */
export type Follower = (changed: readonly ChangedRow[] | undefined) => void;

/**
 * The catalogue's rows. Whatever else is kept beside the catalogue (accounts) writes through `transact` too, so that
 * all changes are in one stream.
 */
export class Database implements Executor, AsyncDisposable {
  readonly #engine: Engine;
  readonly #executor: Executor;
  readonly #ids = new IdBlocks();
  readonly #listeners = new Set<(tables: ReadonlySet<string>) => void>();
  readonly #followers = new Set<Follower>();

  private constructor(engine: Engine) {
    this.#engine = engine;
    this.#executor = executor(engine.db, engine.db);
  }

  /**
   * Opens, creates where there is nothing, and brings an older schema up to date. `data-in-use` while another
   * process has it, `data-newer` where a newer Clef wrote it, `catalog-corrupt` where it is no catalogue.
   */
  static async open({
    file,
    busyTimeoutMs = DEFAULT_BUSY_TIMEOUT_MS,
  }: OpenDatabaseOptions): Promise<Database> {
    return Database.#over(new SqliteEngine({ file, busyTimeoutMs }));
  }

  /** As `open`, of a database on a server: `catalog-offline` where that cannot be reached. */
  static async connect(address: MysqlAddress, options?: MysqlOptions): Promise<Database> {
    const { MysqlEngine } = await import('./mysql/engine.ts');
    return Database.#over(await MysqlEngine.connect(address, options));
  }

  static async #over(engine: Engine): Promise<Database> {
    const database = new Database(engine);
    try {
      await engine.migrate((db) => migrate(db, () => toHex(randomBytes(16))));
      return database;
    } catch (error) {
      await database[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** For the queries that are too rare to prepare. Reads only: writes go through `transact`. */
  get db(): Kysely<Schema> {
    return this.#engine.db;
  }

  all<Params, Row>(query: Prepared<Params, Row>, params: Params): Promise<Row[]> {
    return this.#executor.all(query, params);
  }

  first<Params, Row>(query: Prepared<Params, Row>, params: Params): Promise<Row | undefined> {
    return this.#executor.first(query, params);
  }

  run<Params>(query: Prepared<Params, unknown>, params: Params): Promise<void> {
    return this.#executor.run(query, params);
  }

  list<Item, Params, Row>(
    query: PreparedList<Item, Params, Row>,
    items: readonly Item[],
    params: Params,
  ): Promise<Row[]> {
    return this.#executor.list(query, items, params);
  }

  /**
   * Runs the work as one transaction: all of it is durable when this resolves, or none of it happened. The
   * outbox rows of what `put` and `remove` changed are part of it; listeners hear of it afterwards.
   */
  async transact<Result>(
    work: (tx: CatalogTransaction) => Promise<Result>,
    options?: TransactOptions,
  ): Promise<Result> {
    const { compiler } = this.#engine;
    let begun: CatalogTransaction | undefined;
    const { result, tx } = await this.#engine.transact(
      async (connection) => {
        const tx = new CatalogTransaction(compiler, connection, this.#ids);
        begun = tx;
        const result = await work(tx);
        await tx.finish();
        return { result, tx };
      },
      async (connection) => begun?.isIn(executor(compiler, connection)),
      options,
    );
    const changed = tx.committed();
    if (changed.length > 0) {
      for (const follower of this.#followers) follower(changed);
      const tables = new Set(changed.map(({ table }) => table));
      for (const listener of this.#listeners) queueMicrotask(() => listener(tables));
    }
    return result;
  }

  /** For caches: told of each commit that changed logged rows, before whoever made it hears of its success. */
  follow(follower: Follower): void {
    this.#followers.add(follower);
  }

  /** After rows or id sequences were changed past the outbox: nothing that was remembered counts any more. */
  forgetEverything(): void {
    this.#ids.clear();
    for (const follower of this.#followers) follower(undefined);
  }

  /** Called after each commit that wrote to the outbox, with the tables that it changed; returns the unsubscriber. */
  onCommit(listener: (tables: ReadonlySet<string>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#engine[Symbol.asyncDispose]();
  }
}

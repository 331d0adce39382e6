import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import { toHex } from '../../core/index.ts';
import type { ChangeReader } from '../port.ts';
import type { CatalogDatabase, CatalogReads } from './catalog-database.ts';
import { outboxReader } from './changes/change-stream.ts';
import type { Lanes } from './changes/outbox.ts';
import type { Engine, TransactOptions } from './engine.ts';
import { IdBlocks } from './id-blocks.ts';
import { migrate } from './migrate.ts';
import { preferring } from './mysql/replicas.ts';
import type { MysqlOptions } from './mysql/engine.ts';
import type { MysqlAddress } from './mysql/address.ts';
import { type Part, shardsOf, WHOLE } from './parts.ts';
import { type Executor, executor, type Prepared, type PreparedList, type PreparedRows } from './prepared.ts';
import type { Relay } from './relay/relay.ts';
import type { OutboxEntryRow, Schema } from './schema.ts';
import { SqliteEngine } from './sqlite/engine.ts';
import { CatalogTransaction, type ChangedRow } from './transaction.ts';

/** How long a starting server waits for one that is shutting down. */
const DEFAULT_BUSY_TIMEOUT_MS = 2_000;

export interface OpenDatabaseOptions {
  /** A path, or `:memory:` for a catalogue that ends with the process. */
  readonly file: string;
  readonly busyTimeoutMs?: number;
}

export interface ConnectOptions extends MysqlOptions {
  /** Where this server keeps the changes in its own order: a path, or `:memory:`. */
  readonly relayFile?: string;
  /** Told once of what keeps this server from hearing what others change, until it hears of all again. */
  readonly onRelayFailure?: (error: unknown) => void;
  /** ms since the epoch. */
  readonly now?: () => number;
}

/** A file is this process's alone. */
const NOBODY_ELSE: AsyncDisposable = { [Symbol.asyncDispose]: async () => undefined };

/** `changed` is undefined where any row may be another than before. */
export type Follower = (changed: readonly ChangedRow[] | undefined) => void;

/**
 * The catalogue's rows. Whatever else is kept beside the catalogue (accounts) writes through `transact` too, so that
 * all changes are in one stream.
 */
export class Database implements CatalogDatabase, AsyncDisposable {
  readonly name = toHex(randomBytes(4));
  /**
   * For what is shown: answered by replicas where there are any that have all that this server has written or heard of. What
   * others wrote a moment ago may be missing, so that nothing is decided by it.
   */
  readonly replicas: Executor;
  readonly patient: CatalogReads;
  readonly #engine: Engine;
  readonly #executor: Executor;
  readonly #ids = new IdBlocks();
  readonly #listeners = new Set<(tables: ReadonlySet<string>) => void>();
  readonly #followers = new Set<Follower>();
  /** Where others write to the catalogue as well. */
  #relay: Relay | undefined;
  #outbox: ChangeReader | undefined;
  #transactions = 0;

  private constructor(engine: Engine) {
    this.#engine = engine;
    this.#executor = executor(engine.db, engine.db);
    const { replicas } = engine;
    this.replicas = replicas
      ? preferring({ state: replicas.state, from: executor(replicas.db, replicas.db) }, this.#executor)
      : this.#executor;
    this.patient = { ...executor(engine.patientDb, engine.patientDb), db: engine.patientDb };
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

  /** As `open`, of a database on servers: `catalog-offline` where that cannot be reached. */
  static async connect(address: MysqlAddress, options: ConnectOptions = {}): Promise<Database> {
    const { relayFile = ':memory:', onRelayFailure = () => undefined, now = Date.now, ...others } = options;
    const [{ MysqlEngine }, { Relay }, { RelayFile }] = await Promise.all([
      import('./mysql/engine.ts'),
      import('./relay/relay.ts'),
      import('./relay/relay-file.ts'),
    ]);
    const database = await Database.#over(await MysqlEngine.connect(address, others));
    try {
      database.#relay = new Relay({
        database,
        file: new RelayFile(relayFile),
        now,
        onOthers: (entries) => database.#hear(entries.map(changedRowOf)),
        onMissed: () => database.forgetEverything(),
        onFailure: onRelayFailure,
      });
      return database;
    } catch (error) {
      await database[Symbol.asyncDispose]();
      throw error;
    }
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

  get lanes(): Lanes {
    return this.#engine.lanes;
  }

  async parts(): Promise<readonly Part[]> {
    return this.lanes === 'one' ? [WHOLE] : shardsOf(this.db);
  }

  /**
   * Keeps what one server does for all from other servers until it is disposed of; undefined while one of them is at it. A
   * database that was started again has forgotten who had it: two may be at it then, until the first is done.
   */
  async holdChore(name: string): Promise<AsyncDisposable | undefined> {
    return this.#engine.holdChore ? this.#engine.holdChore(name) : NOBODY_ELSE;
  }

  /** Whether this process wrote what the outbox says a transaction did. */
  wrote({ writer }: Pick<OutboxEntryRow, 'writer'>): boolean {
    return writer.startsWith(`${this.name}-`);
  }

  /** Everything that changes, whoever changes it. */
  get changes(): ChangeReader {
    return this.#relay ?? (this.#outbox ??= outboxReader(this));
  }

  /** When this server had last heard of all that any had changed; ms since the epoch. Undefined where it alone writes. */
  get heardOfAllAtMs(): number | undefined {
    return this.#relay?.readAtMs;
  }

  get db(): Kysely<Schema> {
    return this.#engine.db;
  }

  all<Params, Row>(query: Prepared<Params, Row>, params: Params): Promise<Row[]> {
    return this.#executor.all(query, params);
  }

  first<Params, Row>(query: Prepared<Params, Row>, params: Params): Promise<Row | undefined> {
    return this.#executor.first(query, params);
  }

  async run<Params>(query: Prepared<Params, unknown>, params: Params): Promise<void> {
    await this.#noting(this.#executor.run(query, params));
  }

  async runAll<Row>(query: PreparedRows<Row>, rows: readonly Row[]): Promise<void> {
    await this.#noting(this.#executor.runAll(query, rows));
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
    const transaction = this.#engine.transact(
      async (connection) => {
        const tx = new CatalogTransaction(
          compiler,
          connection,
          this.#ids,
          `${this.name}-${++this.#transactions}`,
        );
        begun = tx;
        const result = await work(tx);
        await tx.finish(this.#engine.lanes);
        return { result, tx };
      },
      () => begun?.traces().map((trace) => (connection) => trace(executor(compiler, connection))) ?? [],
      options,
    );
    const { result, tx } = await this.#noting(transaction);
    const changed = tx.committed();
    if (changed.length > 0) this.#hear(changed);
    return result;
  }

  /** Whatever became of a write, readers who come after it go where it was written. */
  async #noting<Result>(write: Promise<Result>): Promise<Result> {
    try {
      return await write;
    } finally {
      this.#engine.replicas?.state.change();
    }
  }

  #hear(changed: readonly ChangedRow[]): void {
    this.#engine.replicas?.state.change();
    for (const follower of this.#followers) follower(changed);
    const tables = new Set(changed.map(({ table }) => table));
    for (const listener of this.#listeners) queueMicrotask(() => listener(tables));
  }

  /**
   * For caches: told of each commit that changed logged rows, before whoever made it hears of its success. Of what other
   * processes changed a moment later.
   */
  follow(follower: Follower): void {
    this.#followers.add(follower);
  }

  /** After rows or id sequences were changed past the outbox: nothing that was remembered counts any more. */
  forgetEverything(): void {
    this.#ids.clear();
    this.#engine.replicas?.state.change();
    for (const follower of this.#followers) follower(undefined);
  }

  onCommit(listener: (tables: ReadonlySet<string>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#relay?.[Symbol.asyncDispose]();
    await this.#engine[Symbol.asyncDispose]();
  }
}

function changedRowOf({ table_name, row_key, row_version }: OutboxEntryRow): ChangedRow {
  return {
    // Written by transaction.ts.
    table: table_name as ChangedRow['table'],
    key: JSON.parse(row_key) as ChangedRow['key'],
    rowVersion: row_version,
  };
}

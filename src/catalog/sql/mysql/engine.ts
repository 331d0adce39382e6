import { setTimeout as wait } from 'node:timers/promises';
import { Kysely, MysqlDialect, sql, type Transaction } from 'kysely';
import { ClefError, isClefError } from '../../../core/index.ts';
import type { Lanes } from '../changes/outbox.ts';
import { SpiderAdapter } from '../dialect.ts';
import type { Engine, EngineReplicas, Trace, TransactOptions } from '../engine.ts';
import { assertMigrated } from '../migrate.ts';
import type { Schema } from '../schema.ts';
import { isContention, isDuplicate, isElsewhere } from './failures.ts';
import { LockingReads } from './locking-reads.ts';
import { holdLock } from './named-lock.ts';
import { kyselyPool, type MysqlAddress, type PoolOptions } from './pool.ts';
import { readsOfReplica, readsOfShardReplicas } from './replica-reads.ts';
import { sessions } from './sessions.ts';
import { admitSpider } from './spider-connection.ts';

/** Longer than a lock is waited for, and than any query of a page takes. */
const DEFAULT_PATIENCE_MS = 10_000;
const MIGRATION_PATIENCE_MS = 3_600_000;
/** Transactions that get into each other's way again and again are not helped by more tries. */
const MOST_TRIES = 12;
/** For so long rows on their way to another shard are waited for. */
const ELSEWHERE_PATIENCE_MS = 60_000;
const ELSEWHERE_PAUSE_MS = 50;
/** Nor does somebody who asks for something wait for longer. */
const LONGEST_TRYING_MS = 10_000;
const FIRST_PAUSE_MS = 4;
const LONGEST_PAUSE_MS = 250;

/** Texts are compared by code points, and a space at their end counts: as SQLite does it. */
export const COLLATION = 'utf8mb4_nopad_bin';
/** Debian's, with which all of this is tested. */
const OLDEST_MARIADB: readonly [number, number] = [10, 11];

export interface MysqlOptions {
  /** A database that says nothing for so long is away; default 10 s. */
  readonly patienceMs?: number;
  /** `data-in-use` where another has opened the database so, and for others while this is open. */
  readonly isExclusive?: boolean;
}

/** How long a starting server waits for one that is shutting down. */
const CLAIM_SECONDS = 2;
/** A server whose machine slept for a while still has it; one whose machine lost its power gets it back after so long. */
const CLAIM_FORGOTTEN_SECONDS = 300;

/** Several connections, also of several servers: each transaction holds one until it ends. */
export class MysqlEngine implements Engine {
  readonly lanes: Lanes;
  readonly db: Kysely<Schema>;
  readonly compiler: Kysely<Schema>;
  readonly replicas: (EngineReplicas & AsyncDisposable) | undefined;
  readonly #address: MysqlAddress;
  readonly #locking = new LockingReads();
  /** Transactions have connections of their own: nobody who reads waits for them. */
  readonly #writing: Kysely<Schema>;
  #claim: AsyncDisposable | undefined;

  private constructor(address: MysqlAddress, patienceMs: number, isSharded: boolean) {
    const { plain, spiderReads, spiderWrites } = sessions;
    this.lanes = isSharded ? 'bucket' : 'one';
    this.#address = address;
    const over = (session: readonly string[]) =>
      isSharded
        ? kyselyOver(address, { session, patienceMs, admit: admitSpider }, SpiderDialect)
        : kyselyOver(address, { session, patienceMs });
    this.db = over(isSharded ? spiderReads : plain);
    this.#writing = over(isSharded ? spiderWrites : plain);
    this.compiler = this.#writing.withPlugin(this.#locking);
    const { replica } = address;
    this.replicas = isSharded
      ? readsOfShardReplicas(address, this.db, (of, options) => kyselyOver(of, options, SpiderDialect))
      : replica && readsOfReplica({ ...address, replica }, this.db, kyselyOver);
  }

  /** `catalog-offline` where it does not answer, `config-invalid` where it refuses, or is none that Clef knows. */
  static async connect(address: MysqlAddress, options: MysqlOptions = {}): Promise<MysqlEngine> {
    const { patienceMs = DEFAULT_PATIENCE_MS, isExclusive = false } = options;
    const isSharded = await lookAt(address, patienceMs);
    if (isSharded && address.replica)
      throw new ClefError(
        'config-invalid',
        'the catalogue is in shards, whose list of servers names replicas',
      );
    const engine = new MysqlEngine(address, patienceMs, isSharded);
    try {
      if (isExclusive) await engine.#claimIt();
      return engine;
    } catch (error) {
      await engine[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Over a connection of its own: to change a large table takes longer than an answer is waited for. */
  async migrate(work: (db: Kysely<Schema>) => Promise<void>): Promise<void> {
    // Its tables only name those of the shards.
    if (this.lanes === 'bucket') return assertMigrated(this.db);
    const db = kyselyOver(this.#address, { session: sessions.plain, patienceMs: MIGRATION_PATIENCE_MS });
    try {
      await work(db);
    } finally {
      await db.destroy();
    }
  }

  async transact<Result>(
    work: (connection: Transaction<Schema>) => Promise<Result>,
    traces: () => readonly Trace[],
    { locksGaps = true }: TransactOptions = {},
  ): Promise<Result> {
    const givenUpAtMs = performance.now() + LONGEST_TRYING_MS;
    const patientUntilMs = performance.now() + ELSEWHERE_PATIENCE_MS;
    for (let tries = 1; ; tries++) {
      let done: { readonly result: Result } | undefined;
      try {
        return await this.#run(async (connection) => {
          const result = await work(connection);
          done = { result };
          return result;
        }, locksGaps);
      } catch (error) {
        // What failed after the work is the commit, of which any part may have been carried out.
        const isThere = done && (await this.#lookFor(traces(), error));
        if (done && isThere) return done.result;
        if (isElsewhere(error) && performance.now() < patientUntilMs) {
          await wait(ELSEWHERE_PAUSE_MS);
          continue;
        }
        if (isElsewhere(error))
          throw new ClefError('catalog-offline', 'a part of the catalogue is on its way to another server', {
            cause: error,
          });
        if (!mayTryAgain(error, { isAtCommit: done !== undefined, locksGaps })) throw error;
        if (tries >= MOST_TRIES || performance.now() > givenUpAtMs)
          throw new ClefError('catalog-conflict', 'others kept the same rows of the catalogue', {
            cause: error,
          });
        await wait(Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries));
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#claim?.[Symbol.asyncDispose]();
    await this.replicas?.[Symbol.asyncDispose]();
    await Promise.all([this.db.destroy(), this.#writing.destroy()]);
  }

  async #claimIt(): Promise<void> {
    this.#claim = await holdLock(this.db, 'server', {
      waitSeconds: CLAIM_SECONDS,
      forgottenSeconds: CLAIM_FORGOTTEN_SECONDS,
    });
    if (!this.#claim) throw new ClefError('data-in-use', 'another Clef server is using this catalogue');
  }

  /**
   * Whether a commit that failed was carried out. Shards commit together or not at all, so that any trace tells: it is missing for
   * good where whoever asks gets its lane, which a transaction that may still be committed holds.
   */
  async #lookFor(traces: readonly Trace[], failure: unknown): Promise<boolean> {
    if (traces.length === 0) throw failure;
    let cause = failure;
    for (const trace of traces) {
      try {
        const isThere = await this.#run(trace);
        if (isThere !== undefined) return isThere;
      } catch (error) {
        if (!isContention(error) && !isClefError(error, 'catalog-offline')) throw error;
        cause = error;
      }
    }
    throw new ClefError('catalog-in-doubt', 'a change may have been made, and may yet be', { cause });
  }

  #run<Result>(
    work: (connection: Transaction<Schema>) => Promise<Result>,
    locksGaps = true,
  ): Promise<Result> {
    const transaction = this.#writing.transaction();
    // MariaDB manual, "InnoDB Lock Modes": a locking read takes no gaps at this level, and sees what was committed last.
    return (locksGaps ? transaction : transaction.setIsolationLevel('read committed')).execute((connection) =>
      work(connection.withPlugin(this.#locking)),
    );
  }
}

/** A commit that was lost, and what others kept from going on. */
function mayTryAgain(
  error: unknown,
  { isAtCommit, locksGaps }: { readonly isAtCommit: boolean; readonly locksGaps: boolean },
): boolean {
  if (isContention(error)) return true;
  return isAtCommit ? isClefError(error, 'catalog-offline') : !locksGaps && isDuplicate(error);
}

/** Whether the database only names those of shards. `config-invalid` where it is none that Clef knows. */
async function lookAt(address: MysqlAddress, patienceMs: number): Promise<boolean> {
  const db = kyselyOver(address, { session: sessions.plain, patienceMs });
  try {
    await assertKnown(db);
    const { rows } = await sql<{ readonly engine: string }>`select engine from information_schema.tables
      where table_schema = database() and table_name = 'outbox_lane'`.execute(db);
    return rows[0]?.engine === 'SPIDER';
  } finally {
    await db.destroy();
  }
}

async function assertKnown(db: Kysely<Schema>): Promise<void> {
  const { rows } = await sql<{ readonly version: string }>`select version() as version`.execute(db);
  const version = rows[0]?.version ?? '';
  if (!isKnown(version)) {
    throw new ClefError(
      'config-invalid',
      `the catalogue’s database is ${version}; Clef wants MariaDB ${OLDEST_MARIADB.join('.')} or later`,
    );
  }
  const { rows: others } = await sql<{ readonly name: string }>`select table_name as name
      from information_schema.tables
      where table_schema = database() and table_collation <> ${COLLATION} order by table_name limit 1`.execute(
    db,
  );
  if (others[0] !== undefined)
    throw new ClefError(
      'config-invalid',
      `table ${others[0].name} of the catalogue’s database is not in ${COLLATION}, so that it would take different texts for the same`,
    );
}

class SpiderDialect extends MysqlDialect {
  override createAdapter(): SpiderAdapter {
    return new SpiderAdapter();
  }
}

function kyselyOver(address: MysqlAddress, options: PoolOptions, Dialect = MysqlDialect): Kysely<Schema> {
  return new Kysely<Schema>({
    dialect: new Dialect({ pool: kyselyPool(address, options) }),
  });
}

function isKnown(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.', 2).map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_MARIADB;
  return /mariadb/i.test(version) && (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor));
}

import { setTimeout as wait } from 'node:timers/promises';
import { Kysely, MysqlDialect, sql, type Transaction } from 'kysely';
import { ClefError, isClefError } from '../../../core/index.ts';
import { compareText } from '../../names.ts';
import type { Lanes } from '../changes/outbox.ts';
import { SpiderAdapter } from '../dialect.ts';
import type { Engine, EngineReplicas, Trace, TransactOptions } from '../engine.ts';
import { assertMigrated } from '../migrate.ts';
import type { Schema } from '../schema.ts';
import { isContention, isDuplicate, isElsewhere } from './failures.ts';
import { LockingReads } from './locking-reads.ts';
import { holdAllPlaces, holdLock, holdPlace } from './named-lock.ts';
import type { MysqlAddress, PoolOptions } from './address.ts';
import { openPool } from './open-pool.ts';
import { readsOfReplica, readsOfShardReplicas } from './replica-reads.ts';
import { PATIENT_MS, patientSessions, PROMPT_MS, promptSessions, type Sessions } from './sessions.ts';
import { admitSpider } from './spider-connection.ts';

const MIGRATION_PATIENCE_MS = 3_600_000;
/** For so long rows on their way to another shard are waited for. */
const ELSEWHERE_PATIENCE_MS = 60_000;
const ELSEWHERE_PAUSE_MS = 50;
/** Transactions that get into each other's way for longer are not helped by more tries, nor does anybody wait. */
const LONGEST_TRYING_MS = 10_000;
/** For so long it is looked for what became of a commit while others keep the place where it would be. */
const LONGEST_LOOK_MS = 4_000;
const FIRST_PAUSE_MS = 4;
const LONGEST_PAUSE_MS = 250;

/** At once. While one of several data nodes hangs, each read of what it has keeps a connection from the others for a second or two. */
const MOST_READS = 30;

/** Texts are compared by code points, and a space at their end counts: as SQLite does it. */
export const COLLATION = 'utf8mb4_nopad_bin';
/** Debian's, with which all of this is tested. */
const OLDEST_MARIADB: readonly [number, number] = [10, 11];

export interface MysqlOptions {
  /** A database that says nothing to somebody who asked for something for so long is away; default 1.9 s. */
  readonly patienceMs?: number;
  /** Who uses it: `data-in-use` where that cannot be beside others. By default nobody hears of it. */
  readonly claim?: CatalogClaim;
}

export type CatalogClaim =
  /** Beside other servers, and no other of this id. */
  | { readonly kind: 'server'; readonly serverId: string }
  /** While no server is there, and none comes. */
  | { readonly kind: 'alone' };

/** Places, an id, and chores. */
const MOST_LOCKS = 32;
/** How long a starting server waits for one of the same id that is shutting down. */
const CLAIM_SECONDS = 2;
/** A server whose machine slept for a while still has it; one whose machine lost its power gets it back after so long. */
const CLAIM_FORGOTTEN_SECONDS = 300;

/** Several connections, also of several servers: each transaction holds one until it ends. */
export class MysqlEngine implements Engine {
  readonly lanes: Lanes;
  readonly db: Kysely<Schema>;
  readonly patientDb: Kysely<Schema>;
  readonly compiler: Kysely<Schema>;
  readonly replicas: (EngineReplicas & AsyncDisposable) | undefined;
  readonly #address: MysqlAddress;
  readonly #locking = new LockingReads();
  readonly #patienceMs: number;
  /** Transactions have connections of their own: nobody who reads waits for them. */
  readonly #writing: Kysely<Schema>;
  readonly #patientWriting: Kysely<Schema>;
  /** One of each server, in an order that all agree on. Each lock keeps a connection for as long as it is held. */
  readonly #lockDbs: readonly Kysely<Schema>[];
  readonly #claims = new AsyncDisposableStack();

  private constructor(address: MysqlAddress, patienceMs: number, isSharded: boolean) {
    this.lanes = isSharded ? 'bucket' : 'one';
    this.#address = address;
    this.#patienceMs = patienceMs;
    const over = (name: keyof Sessions, sessions: Sessions, options: Omit<PoolOptions, 'session'>) =>
      isSharded
        ? kyselyOver(address, { ...options, session: sessions[name], admit: admitSpider }, SpiderDialect)
        : kyselyOver(address, { ...options, session: sessions.plain });
    this.db = over('spiderReads', promptSessions, { patienceMs, connections: MOST_READS });
    this.patientDb = over('spiderReads', patientSessions, { patienceMs: PATIENT_MS });
    this.#writing = over('spiderWrites', promptSessions, { patienceMs });
    this.#patientWriting = over('spiderWrites', patientSessions, { patienceMs: PATIENT_MS });
    this.#lockDbs = serversOf(address).map((one) =>
      kyselyOver(one, {
        session: isSharded ? patientSessions.spiderReads : patientSessions.plain,
        patienceMs: PATIENT_MS,
        connections: MOST_LOCKS,
      }),
    );
    this.compiler = this.#writing.withPlugin(this.#locking);
    const { replica } = address;
    this.replicas = isSharded
      ? readsOfShardReplicas(address, this.db, (of, options) => kyselyOver(of, options, SpiderDialect))
      : replica && readsOfReplica({ ...address, replica }, this.db, kyselyOver);
  }

  /** `catalog-offline` where it does not answer, `config-invalid` where it refuses, or is none that Clef knows. */
  static async connect(address: MysqlAddress, options: MysqlOptions = {}): Promise<MysqlEngine> {
    const { patienceMs = PROMPT_MS, claim } = options;
    const isSharded = await lookAt(address);
    if (isSharded && address.replica)
      throw new ClefError(
        'config-invalid',
        'the catalogue is in shards, whose list of servers names replicas',
      );
    const engine = new MysqlEngine(address, patienceMs, isSharded);
    try {
      if (claim) await engine.#claimIt(claim);
      return engine;
    } catch (error) {
      await engine[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Over a connection of its own: to change a large table takes longer than an answer is waited for. */
  async migrate(work: (db: Kysely<Schema>) => Promise<void>): Promise<void> {
    // Its tables only name those of the shards.
    if (this.lanes === 'bucket') return assertMigrated(this.patientDb);
    const db = kyselyOver(this.#address, {
      session: patientSessions.plain,
      patienceMs: MIGRATION_PATIENCE_MS,
    });
    try {
      await work(db);
    } finally {
      await db.destroy();
    }
  }

  async transact<Result>(
    work: (connection: Transaction<Schema>) => Promise<Result>,
    traces: () => readonly Trace[],
    options: TransactOptions = {},
  ): Promise<Result> {
    const beganAtMs = performance.now();
    const hasTakenMs = (limitMs: number) => performance.now() - beganAtMs > limitMs;
    for (let tries = 1; ; tries++) {
      let done: { readonly result: Result } | undefined;
      try {
        return await this.#run(async (connection) => {
          const result = await work(connection);
          done = { result };
          return result;
        }, options);
      } catch (error) {
        // What failed after the work is the commit, of which any part may have been carried out.
        const isThere = done && (await this.#lookFor(traces(), { failure: error, options }));
        if (done && isThere) return done.result;
        if (isElsewhere(error) && !hasTakenMs(ELSEWHERE_PATIENCE_MS)) {
          await wait(ELSEWHERE_PAUSE_MS);
          continue;
        }
        if (isElsewhere(error))
          throw new ClefError('catalog-offline', 'a part of the catalogue is on its way to another server', {
            cause: error,
          });
        if (!mayTryAgain(error, { ...options, isAtCommit: done !== undefined })) throw error;
        // What was waited for in vain is away for longer.
        if (isClefError(error, 'catalog-offline') && hasTakenMs(this.#patienceMs)) throw error;
        if (hasTakenMs(LONGEST_TRYING_MS))
          throw new ClefError('catalog-conflict', 'others kept the same rows of the catalogue', {
            cause: error,
          });
        await wait(Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries));
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#claims.disposeAsync();
    await this.replicas?.[Symbol.asyncDispose]();
    await Promise.all(
      [this.db, this.patientDb, this.#writing, this.#patientWriting, ...this.#lockDbs].map((db) =>
        db.destroy(),
      ),
    );
  }

  /** Undefined while another server has it. */
  holdChore(name: string): Promise<AsyncDisposable | undefined> {
    return holdLock(this.#lockDbs, `chore.${name}`, { waitSeconds: 0 });
  }

  async #claimIt(claim: CatalogClaim): Promise<void> {
    const options = { waitSeconds: CLAIM_SECONDS, forgottenSeconds: CLAIM_FORGOTTEN_SECONDS };
    if (claim.kind === 'alone') {
      const all = await holdAllPlaces(this.#lockDbs, options);
      if (!all) throw new ClefError('data-in-use', 'a Clef server is using this catalogue');
      this.#claims.use(all);
      return;
    }
    const id = await holdLock(this.#lockDbs, `server.${claim.serverId}`, options);
    if (!id)
      throw new ClefError('data-in-use', 'a server from a copy of this data folder is using this catalogue');
    this.#claims.use(id);
    const place = await holdPlace(this.#lockDbs, options);
    if (!place) throw new ClefError('data-in-use', 'this catalogue is being copied, restored or recovered');
    this.#claims.use(place);
  }

  /**
   * Whether a commit that failed was carried out. Shards commit together or not at all, so that any trace tells: it is missing for
   * good where whoever asks gets its lane, which a transaction that may still be committed holds.
   */
  async #lookFor(
    traces: readonly Trace[],
    { failure, options }: { readonly failure: unknown; readonly options: TransactOptions },
  ): Promise<boolean> {
    if (traces.length === 0) throw failure;
    const givenUpAtMs = performance.now() + LONGEST_LOOK_MS;
    const look = async (trace: Trace): Promise<boolean> => {
      try {
        const isThere = await this.#run(trace, { ...options, locksGaps: true });
        if (isThere === undefined) throw failure;
        return isThere;
      } catch (error) {
        // Others who live have the lane.
        if (!isContention(error) || performance.now() > givenUpAtMs) throw error;
        return look(trace);
      }
    };
    const looks = traces.map(look);
    try {
      // Side by side: one that hangs is not waited for before the other is asked.
      return await Promise.any(looks);
    } catch (error) {
      const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
      const other = errors.find((one) => !isContention(one) && !isClefError(one, 'catalog-offline'));
      if (other !== undefined && other !== failure) throw other;
      throw new ClefError('catalog-in-doubt', 'a change may have been made, and may yet be', {
        cause: errors.at(-1),
      });
    }
  }

  #run<Result>(
    work: (connection: Transaction<Schema>) => Promise<Result>,
    { locksGaps = true, isPatient = false }: TransactOptions,
  ): Promise<Result> {
    const transaction = (isPatient ? this.#patientWriting : this.#writing).transaction();
    // MariaDB manual, "InnoDB Lock Modes": a locking read takes no gaps at this level, and sees what was committed last.
    return (locksGaps ? transaction : transaction.setIsolationLevel('read committed')).execute((connection) =>
      work(connection.withPlugin(this.#locking)),
    );
  }
}

/** Each by itself, by host and port, whichever is preferred. */
function serversOf({ others = [], ...first }: MysqlAddress): readonly MysqlAddress[] {
  return [first, ...others.map((other) => ({ ...first, ...other }))].toSorted((a, b) =>
    compareText(`${a.host}:${a.port}`, `${b.host}:${b.port}`),
  );
}

/** A commit that was lost, and what others kept from going on. */
function mayTryAgain(
  error: unknown,
  { isAtCommit, locksGaps = true }: TransactOptions & { readonly isAtCommit: boolean },
): boolean {
  if (isContention(error)) return true;
  return isAtCommit ? isClefError(error, 'catalog-offline') : !locksGaps && isDuplicate(error);
}

/** Whether the database only names those of shards. `config-invalid` where it is none that Clef knows. */
async function lookAt(address: MysqlAddress): Promise<boolean> {
  // What Clef tells its sessions, others than MariaDB do not know.
  const db = kyselyOver(address, { session: [], patienceMs: PATIENT_MS });
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
    // Kysely ends no pool that nobody has asked for anything, and mysql2's keep a process from ending.
    dialect: new Dialect({ pool: () => openPool(address, options) }),
  });
}

function isKnown(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.', 2).map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_MARIADB;
  return /mariadb/i.test(version) && (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor));
}

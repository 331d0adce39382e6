import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { isClefError } from '../../../core/index.ts';
import type { Schema } from '../schema.ts';

/** A machine that loses its power closes no connection: a database that has heard nothing for so long lets go of the lock. */
const FORGOTTEN_SECONDS = 60;
const ALIVE_MS = 5_000;

export interface LockOptions {
  /** How long another is waited for that has it. */
  readonly waitSeconds: number;
  /** Default 60. */
  readonly forgottenSeconds?: number;
  /** How often a database hears that it is still held, or is asked for it again; default 5 s. */
  readonly aliveMs?: number;
}

/** Says whether it was got. */
type Take = (connection: Kysely<Schema>, waitSeconds: number) => Promise<boolean>;

/** As many servers may use one catalogue. */
const PLACES = 64;
const TRY_AGAIN_MS = 100;

/**
 * Holds the name of a lock in this database until it is disposed of, over a connection of its own: the database lets go of it
 * with that, whatever ends it. Undefined where another has it for longer than is waited.
 *
 * Of several servers that lead to the same rows each is asked, those that are away as soon as they are back: whoever reaches one
 * that another reaches as well hears of it. `catalog-offline` where none answers.
 */
export function holdLock(
  dbs: readonly Kysely<Schema>[],
  name: string,
  options: LockOptions,
): Promise<AsyncDisposable | undefined> {
  return hold(dbs, (connection, waitSeconds) => takeLock(connection, name, waitSeconds), options);
}

/** The same of one place among those who use this database, whoever has the others; undefined where all are taken. */
export function holdPlace(
  dbs: readonly Kysely<Schema>[],
  options: LockOptions,
): Promise<AsyncDisposable | undefined> {
  return hold(dbs, (connection, seconds) => within(seconds, () => takeFirst(connection)), options);
}

/** The same of all places: whoever has them is alone. Undefined where somebody has one. */
export function holdAllPlaces(
  dbs: readonly Kysely<Schema>[],
  options: LockOptions,
): Promise<AsyncDisposable | undefined> {
  return hold(dbs, (connection, seconds) => within(seconds, () => takeAll(connection)), options);
}

const places = Array.from({ length: PLACES }, (_, at) => `place.${at}`);

async function takeFirst(connection: Kysely<Schema>): Promise<boolean> {
  for (const place of places) if (await takeLock(connection, place, 0)) return true;
  return false;
}

async function takeAll(connection: Kysely<Schema>): Promise<boolean> {
  for (const place of places) {
    if (await takeLock(connection, place, 0)) continue;
    // Two who want all of them would otherwise keep them from each other.
    await sql`select release_all_locks()`.execute(connection);
    return false;
  }
  return true;
}

async function within(seconds: number, holds: () => Promise<boolean>): Promise<boolean> {
  const endMs = performance.now() + seconds * 1_000;
  while (!(await holds())) {
    if (performance.now() >= endMs) return false;
    await sleep(TRY_AGAIN_MS);
  }
  return true;
}

async function takeLock(connection: Kysely<Schema>, name: string, waitSeconds: number): Promise<boolean> {
  const { rows } = await sql<{ readonly got: number | null }>`
    select get_lock(${nameIn(name)}, ${sql.lit(waitSeconds)}) as got`.execute(connection);
  return rows[0]?.got === 1;
}

/** Names of locks are of a whole server of databases. */
function nameIn(name: string) {
  return sql`concat(database(), '.', ${name})`;
}

async function hold(
  dbs: readonly Kysely<Schema>[],
  take: Take,
  options: LockOptions,
): Promise<AsyncDisposable | undefined> {
  const released = new AbortController();
  const keepers: Keeper[] = [];
  const release = async () => {
    released.abort();
    await Promise.all(keepers.map(({ ended }) => ended));
  };
  const outcomes = new Set<'held' | 'taken' | 'failed'>();
  let failure: unknown;
  // One after the other: two who come at once do not each get one of them.
  for (const db of dbs) {
    const keeper = keep(db, take, options, released.signal);
    keepers.push(keeper);
    try {
      outcomes.add((await keeper.isGot) ? 'held' : 'taken');
    } catch (error) {
      failure = error;
      if (!isClefError(error, 'catalog-offline')) outcomes.add('failed');
    }
    if (outcomes.has('taken') || outcomes.has('failed')) break;
  }
  if (outcomes.size === 1 && outcomes.has('held')) return { [Symbol.asyncDispose]: release };
  await release();
  if (outcomes.has('taken')) return undefined;
  throw failure;
}

interface Keeper {
  /** At once; rejects with what keeps the server from being asked. */
  readonly isGot: Promise<boolean>;
  /** Once it is let go of. Never rejects. */
  readonly ended: Promise<void>;
}

/** Takes a lock in one server, and again whenever it was lost. */
function keep(
  db: Kysely<Schema>,
  take: Take,
  { waitSeconds, forgottenSeconds = FORGOTTEN_SECONDS, aliveMs = ALIVE_MS }: LockOptions,
  signal: AbortSignal,
): Keeper {
  const first = Promise.withResolvers<boolean>();
  const pause = () => sleep(aliveMs, undefined, { signal }).catch(() => undefined);
  const holdOnce = async (connection: Kysely<Schema>, seconds: number): Promise<void> => {
    const isHeld = await take(connection, seconds);
    if (isHeld) await sql`set session wait_timeout = ${sql.lit(forgottenSeconds)}`.execute(connection);
    first.resolve(isHeld);
    if (!isHeld) return;
    for (;;) {
      await pause();
      if (signal.aborted) break;
      await sql`select 1`.execute(connection);
    }
    await sql`set session wait_timeout = default`.execute(connection);
    await sql`select release_all_locks()`.execute(connection);
  };
  const run = async (): Promise<void> => {
    for (let seconds = waitSeconds; !signal.aborted; seconds = 0) {
      // A connection that is gone holds nothing.
      await db
        .connection()
        .execute((connection) => holdOnce(connection, seconds))
        .catch(first.reject);
      await pause();
    }
  };
  return { isGot: first.promise, ended: run() };
}

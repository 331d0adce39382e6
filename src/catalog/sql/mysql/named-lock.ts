import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { Schema } from '../schema.ts';

/** A machine that loses its power closes no connection: a database that has heard nothing for so long lets go of the lock. */
const FORGOTTEN_SECONDS = 60;
const ALIVE_MS = 15_000;

export interface LockOptions {
  /** How long another is waited for that has it. */
  readonly waitSeconds: number;
  /** Default 60. */
  readonly forgottenSeconds?: number;
  /** How often the database hears that it is still held; default 15 s. */
  readonly aliveMs?: number;
}

/** As many servers may use one catalogue. */
const PLACES = 64;
const TRY_AGAIN_MS = 100;

/**
 * Holds the name of a lock in this database until it is disposed of, over a connection of its own: the database lets go of it
 * with that, whatever ends it. Undefined where another has it for longer than is waited.
 */
export function holdLock(
  db: Kysely<Schema>,
  name: string,
  { waitSeconds, ...options }: LockOptions,
): Promise<AsyncDisposable | undefined> {
  return hold(db, (connection) => take(connection, name, waitSeconds), options);
}

/** The same of one place among those who use this database, whoever has the others; undefined where all are taken. */
export function holdPlace(
  db: Kysely<Schema>,
  { waitSeconds, ...options }: LockOptions,
): Promise<AsyncDisposable | undefined> {
  return hold(db, (connection) => within(waitSeconds, () => takeFirst(connection)), options);
}

/** The same of all places: whoever has them is alone. Undefined where somebody has one. */
export function holdAllPlaces(
  db: Kysely<Schema>,
  { waitSeconds, ...options }: LockOptions,
): Promise<AsyncDisposable | undefined> {
  return hold(db, (connection) => within(waitSeconds, () => takeAll(connection)), options);
}

const places = Array.from({ length: PLACES }, (_, at) => `place.${at}`);

async function takeFirst(connection: Kysely<Schema>): Promise<boolean> {
  for (const place of places) if (await take(connection, place, 0)) return true;
  return false;
}

async function takeAll(connection: Kysely<Schema>): Promise<boolean> {
  for (const place of places) {
    if (await take(connection, place, 0)) continue;
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

async function take(connection: Kysely<Schema>, name: string, waitSeconds: number): Promise<boolean> {
  const { rows } = await sql<{ readonly got: number | null }>`
    select get_lock(${nameIn(name)}, ${sql.lit(waitSeconds)}) as got`.execute(connection);
  return rows[0]?.got === 1;
}

/** Names of locks are of a whole server of databases. */
function nameIn(name: string) {
  return sql`concat(database(), '.', ${name})`;
}

async function hold(
  db: Kysely<Schema>,
  take: (connection: Kysely<Schema>) => Promise<boolean>,
  { forgottenSeconds = FORGOTTEN_SECONDS, aliveMs = ALIVE_MS }: Omit<LockOptions, 'waitSeconds'>,
): Promise<AsyncDisposable | undefined> {
  const answered = Promise.withResolvers<boolean>();
  const released = new AbortController();
  const holding = db
    .connection()
    .execute(async (connection) => {
      const isHeld = await take(connection);
      if (isHeld) await sql`set session wait_timeout = ${sql.lit(forgottenSeconds)}`.execute(connection);
      answered.resolve(isHeld);
      if (!isHeld) return;
      while (!released.signal.aborted) {
        await sleep(aliveMs, undefined, { signal: released.signal }).catch(() => undefined);
        if (!released.signal.aborted) await sql`select 1`.execute(connection);
      }
      await sql`set session wait_timeout = default`.execute(connection);
      await sql`select release_all_locks()`.execute(connection);
    })
    // After the answer there is nobody to tell, and a connection that is gone holds nothing.
    .catch(answered.reject);
  if (!(await answered.promise)) return undefined;
  return {
    async [Symbol.asyncDispose]() {
      released.abort();
      await holding;
    },
  };
}

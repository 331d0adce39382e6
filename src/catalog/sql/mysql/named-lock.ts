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

/**
 * Holds the name of a lock in this database until it is disposed of, over a connection of its own: the database lets go of it
 * with that, whatever ends it. Undefined where another has it for longer than is waited.
 */
export async function holdLock(
  db: Kysely<Schema>,
  name: string,
  { waitSeconds, forgottenSeconds = FORGOTTEN_SECONDS, aliveMs = ALIVE_MS }: LockOptions,
): Promise<AsyncDisposable | undefined> {
  const answered = Promise.withResolvers<boolean>();
  const released = new AbortController();
  const holding = db
    .connection()
    .execute(async (connection) => {
      const lock = sql`concat(database(), '.', ${name})`;
      const { rows } = await sql<{ readonly got: number | null }>`
        select get_lock(${lock}, ${sql.lit(waitSeconds)}) as got`.execute(connection);
      const isHeld = rows[0]?.got === 1;
      if (isHeld) await sql`set session wait_timeout = ${sql.lit(forgottenSeconds)}`.execute(connection);
      answered.resolve(isHeld);
      if (!isHeld) return;
      while (!released.signal.aborted) {
        await sleep(aliveMs, undefined, { signal: released.signal }).catch(() => undefined);
        if (!released.signal.aborted) await sql`select 1`.execute(connection);
      }
      await sql`set session wait_timeout = default`.execute(connection);
      await sql`select release_lock(${lock})`.execute(connection);
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

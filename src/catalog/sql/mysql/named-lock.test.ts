import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { layCommitCutter } from '../../../../test/support/commit-cutter.ts';
import { isAbsent } from '../../../../test/support/debian.ts';
import { leaseDatabase, openMariadb } from '../../../../test/support/shared-mariadb.ts';
import { MARIADBD } from '../../../../test/support/start-mariadb.ts';
import { waitFor } from '../../../../test/support/wait-for.ts';
import { Database } from '../index.ts';
import { holdLock } from './named-lock.ts';

/** Without patience: whoever does not answer is asked again later. */
const at = { waitSeconds: 0, aliveMs: 50 };

describe.skipIf(isAbsent(MARIADBD))('a lock by name', () => {
  it('is kept by whoever lives, given back at the end, and not kept by whoever says nothing', async () => {
    await using stack = new AsyncDisposableStack();
    const { db } = await openMariadb(stack);
    const alive = await holdLock([db], 'test', { waitSeconds: 0, forgottenSeconds: 1, aliveMs: 100 });
    expect(await holdLock([db], 'test', { waitSeconds: 2 })).toBeUndefined();
    await alive?.[Symbol.asyncDispose]();
    const silent = await holdLock([db], 'test', { waitSeconds: 0, forgottenSeconds: 1, aliveMs: 60_000 });
    expect(silent).toBeDefined();
    const next = await holdLock([db], 'test', { waitSeconds: 10 });
    expect(next).toBeDefined();
    await next?.[Symbol.asyncDispose]();
    await silent?.[Symbol.asyncDispose]();
  });

  it('of several servers is held in each that answers, and by nobody who reaches one of them', async () => {
    await using stack = new AsyncDisposableStack();
    const [one, other] = [(await openMariadb(stack)).db, (await openMariadb(stack)).db];
    const { db: away, goAway } = await openBehindCutter(stack);
    await goAway();
    const held = await holdLock([away, one, other], 'test', at);
    expect(held).toBeDefined();
    expect(await holdLock([one], 'test', at)).toBeUndefined();
    expect(await holdLock([other], 'test', at)).toBeUndefined();
    await held?.[Symbol.asyncDispose]();
    const later = await holdLock([other], 'test', at);
    expect(await holdLock([one, other], 'test', at)).toBeUndefined();
    // Nothing is kept of what was got in vain.
    await using first = await holdLock([one], 'test', at);
    expect(first).toBeDefined();
    await later?.[Symbol.asyncDispose]();
    await expect(holdLock([away], 'test', at)).rejects.toMatchObject({ code: 'catalog-offline' });
  });

  it('is taken again where its connection was lost', async () => {
    await using stack = new AsyncDisposableStack();
    const { db } = await openMariadb(stack);
    const holder = async () => {
      const { rows } = await sql<{ id: number | null }>`
        select is_used_lock(concat(database(), '.test')) as id`.execute(db);
      return rows[0]?.id ?? undefined;
    };
    await using _held = await holdLock([db], 'test', at);
    const lost = await holder();
    await sql`kill ${sql.lit(lost)}`.execute(db);
    const again = await waitFor('the lock to be taken again', async () => {
      const now = await holder();
      return now === lost ? undefined : now;
    });
    expect(again).not.toBe(lost);
  });
});

/** A catalogue that can no longer be reached, once that is wanted. */
async function openBehindCutter(stack: AsyncDisposableStack) {
  const { address } = stack.use(await leaseDatabase());
  const line = stack.use(await layCommitCutter(address));
  const { db } = stack.use(await Database.connect({ ...address, ...line.place }));
  return { db, goAway: () => line[Symbol.asyncDispose]() };
}

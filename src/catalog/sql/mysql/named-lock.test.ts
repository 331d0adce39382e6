import { describe, expect, it } from 'vitest';
import { isAbsent } from '../../../../test/support/debian.ts';
import { openMariadb } from '../../../../test/support/shared-mariadb.ts';
import { MARIADBD } from '../../../../test/support/start-mariadb.ts';
import { holdLock } from './named-lock.ts';

describe.skipIf(isAbsent(MARIADBD))('a lock by name', () => {
  it('is kept by whoever lives, given back at the end, and not kept by whoever says nothing', async () => {
    await using stack = new AsyncDisposableStack();
    const { db } = await openMariadb(stack);
    const alive = await holdLock(db, 'test', { waitSeconds: 0, forgottenSeconds: 1, aliveMs: 100 });
    expect(await holdLock(db, 'test', { waitSeconds: 2 })).toBeUndefined();
    await alive?.[Symbol.asyncDispose]();
    const silent = await holdLock(db, 'test', { waitSeconds: 0, forgottenSeconds: 1, aliveMs: 60_000 });
    expect(silent).toBeDefined();
    const next = await holdLock(db, 'test', { waitSeconds: 10 });
    expect(next).toBeDefined();
    await next?.[Symbol.asyncDispose]();
    await silent?.[Symbol.asyncDispose]();
  });
});

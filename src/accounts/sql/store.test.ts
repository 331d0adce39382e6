import { describe, expect, it } from 'vitest';
import { describeAccountStore } from '../../../test/contracts/account-store.ts';
import { isAbsent } from '../../../test/support/debian.ts';
import { openMariadb } from '../../../test/support/shared-mariadb.ts';
import { MARIADBD } from '../../../test/support/start-mariadb.ts';
import { Database } from '../../catalog/sql/index.ts';
import { createSqlAccountStore } from './store.ts';

describeAccountStore('SQLite', async () => {
  const database = await Database.open({ file: ':memory:' });
  return {
    store: createSqlAccountStore(database),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
});

describe.skipIf(isAbsent(MARIADBD))('a server of databases', () => {
  describeAccountStore('MariaDB', async () => {
    await using stack = new AsyncDisposableStack();
    const store = createSqlAccountStore(await openMariadb(stack));
    const owned = stack.move();
    return { store, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  });
});

describe('accounts in the catalogue', () => {
  it('put every change into the change stream, and no secret of a revoked credential', async () => {
    await using database = await Database.open({ file: ':memory:' });
    const store = createSqlAccountStore(database);
    const audit = { atMs: 5, actor: 'machine', action: 'account-created' } as const;
    const { id: userId } = await store.insertAccount(
      { name: 'Ada', foldedName: 'ada', role: 'admin', passwordHash: 'h', createdAtMs: 5 },
      audit,
    );
    const id = await store.nextCredentialId(userId);
    const credential = { id, userId, clientName: 'phone', createdAtMs: 5 };
    const sealedSecret = Uint8Array.of(1, 2, 3);
    await store.insertCredential(
      { ...credential, kind: 'app-password', sealedSecret },
      { ...audit, subject: userId },
    );
    await store.revokeCredential(userId, id, { ...audit, atMs: 9, subject: userId });
    const rows = await database.db
      .selectFrom('outbox_entry')
      .select(['table_name', 'row'])
      .orderBy('seq')
      .execute();
    const tables = new Set(rows.map((row) => row.table_name));
    expect([...tables].sort()).toEqual(['audit', 'credential', 'id_sequence', 'user']);
    const revoked = rows.findLast((row) => row.table_name === 'credential');
    expect(JSON.parse(revoked?.row ?? '')).toMatchObject({ sealed: null, key_hash: null, revoked_at_ms: 9 });
  });
});

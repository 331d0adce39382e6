import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeCatalog } from '../../../test/contracts/catalog.ts';
import type { UserId } from '../../core/index.ts';
import { createSqlCatalog, Database, userBucket } from './index.ts';

async function addUser(database: Database, name: string): Promise<UserId> {
  const name_key = name.toLowerCase();
  const vb = userBucket(name_key);
  return database.transact(async (tx) => {
    const id = await tx.nextId<UserId>(vb);
    const row = { role: 'listener', password_hash: '', created_at_ms: 0, disabled_at_ms: null } as const;
    await tx.put('user', { vb, id, name, name_key, ...row });
    return id;
  });
}

describeCatalog('SQLite in memory', async (options) => {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await Database.open({ file: ':memory:' }));
  const others = stack.move();
  return {
    catalog: createSqlCatalog(database, options),
    addUser: (name) => addUser(database, name),
    another: async () => createSqlCatalog(others.use(await Database.open({ file: ':memory:' })), options),
    [Symbol.asyncDispose]: () => others.disposeAsync(),
  };
});

describeCatalog('SQLite in a file', async (options) => {
  const folder = await mkdtemp(join(tmpdir(), 'clef-catalog-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true }));
  let files = 0;
  const open = async () => Database.open({ file: join(folder, `${files++}.db`) });
  const database = stack.use(await open());
  const others = stack.move();
  return {
    catalog: createSqlCatalog(database, options),
    addUser: (name) => addUser(database, name),
    another: async () => createSqlCatalog(others.use(await open()), options),
    [Symbol.asyncDispose]: () => others.disposeAsync(),
  };
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeCatalog } from '../../../test/contracts/catalog.ts';
import { addUser } from '../../../test/support/catalog-user.ts';
import { createSqlCatalog, Database } from './index.ts';

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

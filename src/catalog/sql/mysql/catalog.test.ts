import { describeCatalog } from '../../../../test/contracts/catalog.ts';
import { addUser } from '../../../../test/support/catalog-user.ts';
import { openMariadb } from '../../../../test/support/shared-mariadb.ts';
import { createSqlCatalog } from '../index.ts';

describeCatalog('MariaDB', async (options) => {
  await using stack = new AsyncDisposableStack();
  const database = await openMariadb(stack);
  const owned = stack.move();
  return {
    catalog: createSqlCatalog(database, options),
    addUser: (name) => addUser(database, name),
    another: async () => createSqlCatalog(await openMariadb(owned), options),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
});

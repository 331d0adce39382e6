import { describe } from 'vitest';
import { describeCatalog } from '../../../../test/contracts/catalog.ts';
import { addUser } from '../../../../test/support/catalog-user.ts';
import { isAbsent } from '../../../../test/support/debian.ts';
import { openMariadb } from '../../../../test/support/shared-mariadb.ts';
import { MARIADBD } from '../../../../test/support/start-mariadb.ts';
import { createSqlCatalog } from '../index.ts';

describe.skipIf(isAbsent(MARIADBD))('a server of databases', () => {
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
});

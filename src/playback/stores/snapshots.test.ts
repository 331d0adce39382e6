import { describe } from 'vitest';
import { describeSnapshotStore } from '../../../test/contracts/snapshot-store.ts';
import { isAbsent } from '../../../test/support/debian.ts';
import { openMariadb } from '../../../test/support/shared-mariadb.ts';
import { MARIADBD } from '../../../test/support/start-mariadb.ts';
import { Database } from '../../catalog/sql/index.ts';
import { createMemorySnapshots } from './memory-snapshots.ts';
import { createSqlSnapshots } from './sql/snapshots.ts';

describeSnapshotStore('memory', () =>
  Promise.resolve({ store: createMemorySnapshots(), [Symbol.asyncDispose]: () => Promise.resolve() }),
);

describeSnapshotStore('the catalogue', async () => {
  const database = await Database.open({ file: ':memory:' });
  return {
    store: createSqlSnapshots(database),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
});

describe.skipIf(isAbsent(MARIADBD))('a server of databases', () => {
  describeSnapshotStore('MariaDB', async () => {
    await using stack = new AsyncDisposableStack();
    const store = createSqlSnapshots(await openMariadb(stack));
    const owned = stack.move();
    return { store, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  });
});

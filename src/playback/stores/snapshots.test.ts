import { describeSnapshotStore } from '../../../test/contracts/snapshot-store.ts';
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

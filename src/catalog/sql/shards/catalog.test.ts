import { afterAll, beforeAll, describe } from 'vitest';
import { describeChangeStream } from '../../../../test/contracts/catalog/change-stream.ts';
import { addUser } from '../../../../test/support/catalog-user.ts';
import { isAbsent } from '../../../../test/support/debian.ts';
import { clientAddress, type ShardWorld, startShards } from '../../../../test/support/shard-world.ts';
import { MARIADBD } from '../../../../test/support/start-mariadb.ts';
import { createSqlCatalog, Database } from '../index.ts';

describe.skipIf(isAbsent(MARIADBD))('over shards', () => {
  let world: ShardWorld;
  beforeAll(async () => {
    world = await startShards({ nodes: 2, spiders: 1 });
  }, 60_000);
  afterAll(() => world[Symbol.asyncDispose]());

  async function open(stack: AsyncDisposableStack): Promise<Database> {
    const { servers } = stack.use(await world.lease());
    return stack.use(await Database.connect(clientAddress(servers)));
  }

  // The whole contract is kept over shards with CLEF_TEST_CATALOG=spider, as the proof of dialects does.
  describeChangeStream(async (settings) => {
    await using stack = new AsyncDisposableStack();
    const database = await open(stack);
    const owned = stack.move();
    return {
      catalog: createSqlCatalog(database, settings),
      addUser: (name) => addUser(database, name),
      another: async () => createSqlCatalog(await open(owned), settings),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  });
});

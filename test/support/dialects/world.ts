import { join } from 'node:path';
import { createSqlAccountStore } from '../../../src/accounts/sql/store.ts';
import { type SearchIndex, startSearchFeed } from '../../../src/catalog/search/index.ts';
import { openSearchIndex } from '../../../src/catalog/search/sqlite/index.ts';
import { createSqlCatalog, Database } from '../../../src/catalog/sql/index.ts';
import { createSqlSnapshots } from '../../../src/playback/stores/sql/snapshots.ts';
import { temporaryFolder } from '../clef-process.ts';
import type { Stores } from '../hot-world.ts';
import { seededRandom } from '../random.ts';

/** A catalogue whose time and chance are the test's, so that it can be compared with others. */
export interface DialectWorld extends Stores {
  readonly name: string;
  readonly clock: { nowMs: number };
  /** Follows the catalogue once `findEverything` was called. */
  readonly search: SearchIndex;
  findEverything(): Promise<void>;
  /** What is drawn from now on is the same everywhere; what is remembered of the database is forgotten. */
  beginAnew(seed: number): void;
}

export async function openDialects(
  stack: AsyncDisposableStack,
  others: Readonly<Record<string, Database>>,
): Promise<readonly DialectWorld[]> {
  const folder = stack.use(await temporaryFolder('dialects'));
  const databases = { sqlite: stack.use(await Database.open({ file: ':memory:' })), ...others };
  return Object.entries(databases).map(([name, database]) => {
    const search = stack.use(openSearchIndex({ path: join(folder.path, `${name}.sqlite`) }));
    return dialectWorld(name, database, search);
  });
}

function dialectWorld(name: string, database: Database, search: SearchIndex): DialectWorld {
  const clock = { nowMs: 0 };
  const now = () => clock.nowMs;
  let random = seededRandom(0);
  const catalog = createSqlCatalog(database, { now, random: () => random() });
  return {
    name,
    clock,
    database,
    catalog,
    accounts: createSqlAccountStore(database),
    snapshots: createSqlSnapshots(database),
    search,
    async findEverything() {
      const onFailure = (error: unknown) => {
        throw error;
      };
      await using feed = startSearchFeed({ index: search, stream: catalog, onFailure });
      await feed.caughtUp();
    },
    beginAnew(seed) {
      random = seededRandom(seed);
      database.forgetEverything();
    },
  };
}

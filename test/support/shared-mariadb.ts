import { createConnection } from 'mysql2/promise';
import { Database } from '../../src/catalog/sql/index.ts';
import type { MysqlAddress } from '../../src/catalog/sql/mysql/address.ts';
import { clientAddress, type ShardWorld, startShards } from './shard-world.ts';
import { type Mariadb, startMariadb } from './start-mariadb.ts';

/** A database that is empty, or holds a catalogue's tables without a row; it is given back when nobody uses it any more. */
export interface DatabaseLease extends AsyncDisposable {
  readonly address: MysqlAddress;
}

/**
 * `mariadb`: servers under test keep their catalogues there, each data folder's in a database of its own. `spider`: in shards,
 * also what asks for a database here. Undefined: in files, as with `sqlite`.
 */
export const CATALOG_OF_TESTS = placeOf(process.env['CLEF_TEST_CATALOG']);
const DATA_NODES = 4;

function placeOf(named: string | undefined): 'mariadb' | 'spider' | undefined {
  if (named === undefined || named === 'sqlite') return undefined;
  if (named === 'mariadb' || named === 'spider') return named;
  throw new Error(`CLEF_TEST_CATALOG is sqlite, mariadb or spider, got ${named}`);
}

let starting: Promise<Mariadb> | undefined;
let shards: Promise<ShardWorld> | undefined;
const free: MysqlAddress[] = [];

/** Of a server that ends with this run of tests: to start one takes a second and a half, to make a catalogue's tables a quarter. */
export async function leaseDatabase(): Promise<DatabaseLease> {
  if (CATALOG_OF_TESTS === 'spider') return leaseShards();
  starting ??= startMariadb({ isShared: true });
  const server = await starting;
  const address = free.pop() ?? (await server.newDatabase());
  return {
    address,
    async [Symbol.asyncDispose]() {
      await empty(address);
      free.push(address);
    },
  };
}

async function leaseShards(): Promise<DatabaseLease> {
  shards ??= startShards({ nodes: DATA_NODES, spiders: 1 }, { isShared: true });
  const lease = await (await shards).lease();
  return {
    address: clientAddress(lease.servers),
    [Symbol.asyncDispose]: () => lease[Symbol.asyncDispose](),
  };
}

async function empty(address: MysqlAddress): Promise<void> {
  const connection = await createConnection({ ...address, rowsAsArray: true });
  try {
    const [tables] = await connection.query('show tables');
    // Names alone, one a row.
    for (const [table] of tables as [string][]) {
      if (table === 'schema_migration') continue;
      await connection.query(`delete from \`${table}\``);
    }
  } finally {
    await connection.end();
  }
}

/** An empty catalogue, which the stack closes and gives back. */
export async function openMariadb(stack: AsyncDisposableStack): Promise<Database> {
  const { address } = stack.use(await leaseDatabase());
  // Tests share a machine that may be busy.
  return stack.use(await Database.connect(address, { patienceMs: 10_000 }));
}

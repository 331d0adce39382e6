import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MysqlAddress } from '../../src/catalog/sql/mysql/address.ts';
import { applyShards, type ShardServers } from '../../src/catalog/sql/shards/index.ts';
import { clientAddress, type ShardWorld, startShards, untilSemiSynchronous } from './shard-world.ts';
import { writeShardsList } from './shards-list.ts';
import { startMariadb } from './start-mariadb.ts';

const APPLIED_WITHIN_MS = 300_000;

export interface ShardCounts {
  readonly nodes: number;
  /** Of the first nodes. */
  readonly replicas?: number;
  readonly spiders: number;
}

/** An empty catalogue for several servers of Clef. */
export interface LibraryCatalogue extends AsyncDisposable {
  /** For `CLEF_CATALOG`. */
  readonly setting: string;
  readonly shards?: {
    readonly world: ShardWorld;
    readonly servers: ShardServers;
    /** As `clef catalog shards` takes it. */
    readonly list: string;
  };
}

export interface LibraryCatalogueOptions {
  /** In one MariaDB by default. */
  readonly shards?: ShardCounts;
  readonly isDurable?: boolean;
}

/** Its key files lie in the folder. */
export async function startLibraryCatalogue(
  folder: string,
  { shards, isDurable = true }: LibraryCatalogueOptions,
): Promise<LibraryCatalogue> {
  await using stack = new AsyncDisposableStack();
  const keyFile = join(folder, 'database.key');
  const settingOf = async ([first, ...others]: readonly MysqlAddress[]) => {
    if (!first) throw new Error('a catalogue has a server');
    const { user, password, database } = first;
    await writeFile(keyFile, `user = "${user}"\npassword = "${password}"\n`, { mode: 0o600 });
    const hosts = [first, ...others].map(({ host, port }) => `${host}:${port}`);
    return `mysql://${hosts.join(',')}/${database}?key=${keyFile}`;
  };
  if (!shards) {
    const mariadb = stack.use(await startMariadb({ isDurable }));
    const setting = await settingOf([await mariadb.newDatabase()]);
    const owned = stack.move();
    return { setting, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  }
  const world = stack.use(await startShards(shards, { isDurable }));
  const servers = world.newServers();
  const list = await writeShardsList(join(folder, 'shards'), servers);
  const signal = AbortSignal.timeout(APPLIED_WITHIN_MS);
  await applyShards(servers, { signal, onProgress: () => undefined });
  for (const { name, replica } of servers.nodes) if (replica) await untilSemiSynchronous(servers, name);
  const setting = await settingOf(servers.spiders.map((_, at) => clientAddress(servers, at)));
  const owned = stack.move();
  return { setting, shards: { world, servers, list }, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addUser } from '../../../../test/support/catalog-user.ts';
import { isAbsent } from '../../../../test/support/debian.ts';
import { clientAddress, type ShardWorld, startShards } from '../../../../test/support/shard-world.ts';
import { MARIADBD } from '../../../../test/support/start-mariadb.ts';
import { createSqlCatalog, Database, type SqlCatalog } from '../index.ts';
import { bucketTables, moveBuckets, type ShardServers } from './index.ts';

const options = {
  signal: AbortSignal.timeout(300_000),
  onProgress: () => undefined,
  now: () => performance.now(),
};

describe.skipIf(isAbsent(MARIADBD))('buckets that are moved', () => {
  let world: ShardWorld;
  beforeAll(async () => {
    world = await startShards({ nodes: 2, spiders: 2 });
  }, 60_000);
  afterAll(() => world[Symbol.asyncDispose]());

  it('lose no write of those who go on, who wait a moment, and are gone from where they were', async () => {
    await using stack = new AsyncDisposableStack();
    const { servers } = stack.use(await world.lease());
    const databases = [];
    for (const at of [0, 1]) databases.push(stack.use(await Database.connect(clientAddress(servers, at))));
    const [one, other] = databases.map((database) => createSqlCatalog(database));
    if (!one || !other || !databases[0]) throw new Error('nothing was opened');
    const user = await addUser(databases[0], 'ann');
    const moved = new AbortController();
    const acknowledged: string[] = [];
    const write = async (catalog: SqlCatalog, who: number) => {
      for (let i = 0; !moved.signal.aborted; i++) {
        const name = `${who} ${i}`;
        await catalog.createPlaylist(user, name, []);
        acknowledged.push(name);
      }
    };
    const writing = Promise.all([write(one, 1), write(other, 2)]);
    const first = { first: 0, last: 511, node: 'node-1' };
    const { rows } = await moveBuckets(servers, first, options);
    expect(rows).toBeGreaterThan(0);
    await moveBuckets(servers, { ...first, node: 'node-0' }, options);
    expect(await moveBuckets(servers, { ...first, node: 'node-0' }, options)).toEqual({
      rows: 0,
      frozenMs: 0,
    });
    moved.abort();
    await writing;
    expect(await bucketsOn(servers, 1)).toEqual({ first: 512 });
    for (const catalog of [one, other]) {
      const names = (await catalog.playlists(user)).map((playlist) => playlist.name);
      expect(names.sort()).toEqual(acknowledged.toSorted());
      const told = (await catalog.changesAfter(0, 100_000)).filter(({ table }) => table === 'playlist');
      expect(new Set(told.map(({ key }) => key[1])).size).toBe(acknowledged.length);
    }
    const connection = await createConnection(servers.nodes[1]?.primary ?? {});
    await expect(
      connection.query('insert into outbox_lane (vb, last_seq, trimmed_seq) values (7, 0, 0)'),
    ).rejects.toThrow('elsewhere');
    await connection.end();
  }, 60_000);
});

async function bucketsOn(servers: ShardServers, at: number): Promise<unknown> {
  const connection = await createConnection(servers.nodes[at]?.primary ?? {});
  const lowest = bucketTables.map((table) => `select min(vb) as first from \`${table}\``);
  const [[row]] = (await connection.query(
    `select min(first) as first from (${lowest.join(' union all ')}) as lowest`,
  )) as unknown as [[unknown]];
  await connection.end();
  return row;
}

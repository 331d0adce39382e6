import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAbsent } from '../../../../test/support/debian.ts';
import { clientAddress, type ShardWorld, startShards } from '../../../../test/support/shard-world.ts';
import { type ShownAlbums, showAlbums } from '../../../../test/support/shown-albums.ts';
import { MARIADBD } from '../../../../test/support/start-mariadb.ts';
import { createSqlCatalog, Database } from '../index.ts';
import type { MysqlAddress } from '../mysql/address.ts';
import { applyShards, moveBuckets, promoteReplica } from './index.ts';
import { Server } from './server.ts';
import type { ShardServers } from './servers.ts';

const NODE = 'node-0';
const options = () => ({ signal: AbortSignal.timeout(60_000), onProgress: () => undefined });

/** A node with a replica, which holds the lists, and one without. */
describe.skipIf(isAbsent(MARIADBD))('what is shown of shards with replicas', () => {
  const stack = new AsyncDisposableStack();
  let world: ShardWorld;
  let servers: ShardServers;
  let albums: ShownAlbums;
  let primary: MysqlAddress;
  let replica: MysqlAddress;

  beforeAll(async () => {
    world = stack.use(await startShards({ nodes: 2, replicas: 1, spiders: 1 }));
    servers = world.newServers();
    const [first] = servers.nodes;
    if (!first?.replica) throw new Error('this node has no replica');
    ({ primary, replica } = first as Required<typeof first>);
    await applyShards(servers, options());
    albums = await showAlbums(stack.use(await Database.connect(clientAddress(servers))));
    await albums.write(4);
  }, 120_000);
  afterAll(() => stack.disposeAsync());

  it('is read from the replica, but for what that does not have yet', async () => {
    await albums.untilListedBy(replica, primary);
    await whileNothingIsApplied(async () => {
      await albums.write(2);
      expect(await albums.listed()).toBe(albums.written);
      await albums.untilListedBy(primary, replica);
    });
    await albums.untilListedBy(replica, primary);
    expect(await albums.listed()).toBe(albums.written);
  }, 30_000);

  it('has what was written before at every moment, while the replica follows', async () => {
    for (let count = 0; count < 12; count++) {
      await albums.write(1);
      expect(await albums.listed()).toBe(albums.written);
    }
  }, 30_000);

  it('has what another server wrote, once this one has heard of it', async () => {
    await albums.untilListedBy(replica, primary);
    await using other = await Database.connect(clientAddress(servers));
    await whileNothingIsApplied(async () => {
      await albums.write(1, createSqlCatalog(other));
      await albums.catalog.lastSeq();
      expect(await albums.listed()).toBe(albums.written);
    });
  }, 30_000);

  it('cannot be written where it is read', async () => {
    const address = clientAddress(servers);
    await using replicas = await Server.connect('s', {
      ...address,
      database: `${address.database}_replicas`,
    });
    await expect(replicas.run(sql`delete from track`)).rejects.toThrow('refuses');
  });

  it('has replicas from the list of servers alone', async () => {
    const address = { ...clientAddress(servers), replica: { host: replica.host, port: replica.port } };
    await expect(Database.connect(address)).rejects.toThrow('whose list of servers names replicas');
  });

  it('is there when buckets have moved', async () => {
    await albums.untilListedBy(replica, primary);
    const move = { ...options(), now: () => performance.now() };
    await moveBuckets(servers, { first: 512, last: 1_023, node: NODE }, move);
    await whileNothingIsApplied(async () => {
      expect(await albums.listed()).toBe(albums.written);
    });
    await albums.untilListedBy(replica, primary);
    expect(await albums.listed()).toBe(albums.written);
  }, 60_000);

  it('is read from the new primary after a promotion, and from the old one once that follows', async () => {
    await promoteReplica(servers, NODE, options());
    await albums.write(1);
    expect(await albums.listed()).toBe(albums.written);
    await applyShards(servers, options());
    [primary, replica] = [replica, primary];
    await albums.write(1);
    expect(await albums.listed()).toBe(albums.written);
    await albums.untilListedBy(replica, primary);
    expect(await albums.listed()).toBe(albums.written);
  }, 60_000);

  it('is read on where the replica hangs or dies', async () => {
    const server = world.nodes.find(({ login }) => login.port === replica.port);
    await server?.pause();
    try {
      expect(await albums.listed()).toBe(albums.written);
      // The second time nobody waits for it.
      expect(await albums.listed()).toBe(albums.written);
    } finally {
      server?.resume();
    }
    await albums.untilListedBy(replica, primary);
    await server?.kill();
    expect(await albums.listed()).toBe(albums.written);
  }, 60_000);

  async function whileNothingIsApplied(work: () => Promise<void>): Promise<void> {
    await using server = await Server.connect(NODE, replica);
    await server.run(sql`stop slave sql_thread`);
    try {
      await work();
    } finally {
      await server.run(sql`start slave sql_thread`);
    }
  }
});

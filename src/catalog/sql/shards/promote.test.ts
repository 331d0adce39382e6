import { sql } from 'kysely';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addUser } from '../../../../test/support/catalog-user.ts';
import { isAbsent } from '../../../../test/support/debian.ts';
import { clientAddress, type ShardWorld, startShards } from '../../../../test/support/shard-world.ts';
import { MARIADBD } from '../../../../test/support/start-mariadb.ts';
import { waitFor } from '../../../../test/support/wait-for.ts';
import { isClefError } from '../../../core/index.ts';
import { Database } from '../index.ts';
import type { MysqlAddress } from '../mysql/address.ts';
import { LOCK_WAIT_SECONDS } from '../mysql/sessions.ts';
import { openShards } from './apply.ts';
import { applyShards, promoteReplica, replicaState, settleInDoubt, shardStatus } from './index.ts';
import { fence } from './fence.ts';
import { readPrimary, writePrimary } from './primaries.ts';
import { serverIdOf } from './replication.ts';
import { Server } from './server.ts';
import type { DataNode, ShardServers } from './servers.ts';

const NODE = 'node-0';
const WRITERS = 4;
const ACKNOWLEDGED = 60;

const options = () => ({ signal: AbortSignal.timeout(60_000), onProgress: () => undefined });

/** A node with a replica, and one without. */
describe.skipIf(isAbsent(MARIADBD))('a node with a replica', () => {
  let world: ShardWorld;
  let servers: ShardServers;

  beforeAll(async () => {
    world = await startShards({ nodes: 2, replicas: 1, spiders: 1 });
    servers = world.newServers();
    await applyShards(servers, options());
  }, 60_000);
  afterAll(() => world[Symbol.asyncDispose]());

  it('goes on at its replica, while the old primary refuses whoever writes over an old link', async () => {
    await using clef = await Database.connect(clientAddress(servers));
    await addUsers(clef, 'before', 8);
    const { primary, replica } = pairOf(servers);
    const login = await linkTo(primary);
    await using link = await connect({ ...primary, ...login });
    await link.query('start transaction');
    await link.query('replace into outbox_lane values (0, 0, 0)');
    await using next = await connect(replica);
    await next.query('set global innodb_lock_wait_timeout = 50');

    const promotion = await promoteReplica(servers, NODE, options());

    expect(promotion).toEqual({
      address: { host: replica.host, port: replica.port },
      isOldFenced: true,
      leftOut: [],
    });
    await expect(link.query('commit')).rejects.toThrow();
    await expect(connect({ ...primary, ...login })).rejects.toThrow('this account is locked');
    await addUsers(clef, 'after', 8);
    const names = await userNames(replica);
    expect(names.some((name) => name.startsWith('before'))).toBe(true);
    expect(names.some((name) => name.startsWith('after'))).toBe(true);
    expect(await userNames(primary)).toEqual(names.filter((name) => name.startsWith('before')));
    const [[waits]] = await next.query<RowDataPacket[]>(
      'select @@global.innodb_lock_wait_timeout as seconds',
    );
    expect(waits).toEqual({ seconds: LOCK_WAIT_SECONDS });
  }, 30_000);

  it('is told of by its new primary, in a list that stays as it was', async () => {
    const { primary, replica } = pairOf(servers);
    const { host, port } = replica;

    const [status] = (await shardStatus(servers)).nodes;

    expect(status).toMatchObject({
      name: NODE,
      tracks: 0,
      replicas: {
        primary: { host, port },
        isPromoted: true,
        replica: { host: primary.host, port: primary.port, state: 'stopped' },
      },
      problem: expect.stringContaining('its replica does not follow'),
    });
  });

  it('has what is in doubt settled at its new primary alone', async () => {
    const { primary, replica } = pairOf(servers);
    const written = await lastWritten(primary);
    await using spider = await openSpider();
    const id = undecidedBy(await serverIdOf(spider));
    for (const address of [primary, replica]) {
      await using connection = await connect(address);
      await connection.query('set @clef_moves = 1');
      // It is going to repeat what the other does.
      if (address === primary) await connection.query('set sql_log_bin = 0');
      await connection.query(`xa start ${id}`);
      await connection.query('insert into outbox_lane values (2000, 0, 0)');
      await connection.query(`xa end ${id}`);
      await connection.query(`xa prepare ${id}`);
    }

    const { settled, left } = await settleInDoubt(servers, { ...options(), watchMs: 50 });

    expect(settled).toMatchObject([{ nodes: [NODE], outcome: 'rollback' }]);
    expect(left).toEqual([]);
    expect(await prepared(replica)).toBe(0);
    expect(await prepared(primary)).toBe(1);
    expect(await lastWritten(primary)).toBe(written);
    await using old = await connect(primary);
    await old.query('set sql_log_bin = 0');
    await old.query(`xa rollback ${id}`);
  });

  it('stays where it is when it is promoted or applied again, and the old primary follows', async () => {
    const { primary, replica } = pairOf(servers);
    const before = await linkTo(replica);

    await promoteReplica(servers, NODE, options());
    await applyShards(servers, options());

    expect(await linkTo(replica)).toEqual(before);
    await using clef = await Database.connect(clientAddress(servers));
    await addUsers(clef, 'later', 8);
    await untilSame(replica, primary);
    await using shards = await openShards(servers);
    const pair = shards.pairs.get(NODE);
    if (!pair) throw new Error('this node has no replica');
    await waitFor('the replica', async () => (await replicaState(pair)).isSemiSynchronous || undefined);
    expect(await replicaState(pair)).toEqual({
      primary: { host: replica.host, port: replica.port },
      isPromoted: true,
      isSemiSynchronous: true,
      replica: { host: primary.host, port: primary.port, state: 'follows', behindSeconds: 0, fault: '' },
    });
    const follower = pair.replica?.server;
    expect(await follower?.rows(sql`select @@read_only as isReadOnly`)).toEqual([{ isReadOnly: 1 }]);
    const [status] = (await shardStatus(servers)).nodes;
    expect(status?.problem).toBeUndefined();
    expect(status?.replicas?.replica?.state).toBe('follows');
  }, 30_000);

  it('goes on with a promotion that was broken off, and takes no list before', async () => {
    const breaks = [breakAfterFence, () => breakAt(1)];
    for (const breakOff of breaks) {
      servers = swapped(servers);
      const { primary, replica } = pairOf(servers);
      await breakOff();

      await expect(applyShards(servers, options())).rejects.toThrow('a promotion was broken off');
      await promoteReplica(servers, NODE, options());
      await applyShards(servers, options());

      await using clef = await Database.connect(clientAddress(servers));
      await addUsers(clef, `broken-${breaks.indexOf(breakOff)}`, 4);
      await untilSame(replica, primary);
    }
  }, 60_000);

  it('is switched to by a new list where a promotion had only Spider nodes left to tell', async () => {
    servers = swapped(servers);
    await breakAt(2);

    await applyShards(servers, options());

    await using clef = await Database.connect(clientAddress(servers));
    await addUsers(clef, 'told', 4);
    const { primary, replica } = pairOf(servers);
    await untilSame(replica, primary);
  }, 30_000);

  it('loses nothing that was acknowledged when its primary is killed', async () => {
    servers = swapped(servers);
    const { primary, replica } = pairOf(servers);
    await untilSame(primary, replica);
    await using clef = await Database.connect(clientAddress(servers));
    const acknowledged: string[] = [];
    const failures: unknown[] = [];
    const over = new AbortController();
    const writing = Array.from({ length: WRITERS }, async (_, writer) => {
      for (let count = 0; !over.signal.aborted; count++) {
        const name = `killed-${writer}-${count}`;
        await addUser(clef, name).then(
          () => acknowledged.push(name),
          (error: unknown) => failures.push(error),
        );
      }
    });
    const untilAcknowledged = (count: number) =>
      waitFor('writers', () => Promise.resolve(acknowledged.length >= count || undefined));

    await untilAcknowledged(ACKNOWLEDGED);
    await mariadbOf(primary).kill();
    const { isOldFenced } = await promoteReplica(servers, NODE, options());
    await untilAcknowledged(acknowledged.length + ACKNOWLEDGED);
    over.abort();
    await Promise.all(writing);

    expect(isOldFenced).toBe(false);
    const [status] = (await shardStatus(servers)).nodes;
    expect(status?.problem).toBe('its replica does not answer, so that its primary goes on alone');
    expect(failures.filter((error) => !isTold(error))).toEqual([]);
    const [, other] = servers.nodes;
    const stored = new Set([...(await userNames(replica)), ...(await userNames(other?.primary ?? replica))]);
    expect(acknowledged.filter((name) => !stored.has(name))).toEqual([]);
  }, 60_000);

  it('is not taken over by a primary of before that comes back, which follows only where it has nothing of its own', async () => {
    const { primary, replica } = pairOf(servers);
    await mariadbOf(replica).kill();
    await mariadbOf(primary).start();
    await expect(applyShards(servers, options())).rejects.toThrow('node-0: its primary does not answer');
    expect((await shardStatus(servers)).nodes[0]?.tracks).toBeUndefined();
    await mariadbOf(replica).start();
    await using old = await connect(primary);
    await old.query('create table written_alone (id int primary key)');

    await expect(applyShards(servers, options())).rejects.toThrow(
      'its replica has transactions that its primary never had',
    );
  }, 30_000);

  async function breakAfterFence(): Promise<void> {
    const { primary, replica } = pairOf(servers);
    await using old = await Server.make(NODE, primary);
    await using spider = await openSpider();
    const known = await readPrimary(spider, NODE);
    if (!known) throw new Error('the Spider node knows no primary');
    await writePrimary(spider, NODE, { ...known, successor: replica.port });
    await fence(old);
  }

  async function breakAt(step: number): Promise<void> {
    const broken = promoteReplica(servers, NODE, {
      ...options(),
      onProgress({ done }) {
        if (done === step) throw new Error('broken off');
      },
    });
    await expect(broken).rejects.toThrow('broken off');
  }

  function mariadbOf({ port }: MysqlAddress) {
    const found = [...world.nodes, ...world.replicas].find(({ login }) => login.port === port);
    if (!found) throw new Error('no server of this world has this port');
    return found;
  }

  function openSpider(): Promise<Server> {
    const [spider] = servers.spiders;
    if (!spider) throw new Error('this world has no Spider node');
    return Server.make(spider.name, spider.address);
  }

  /** With what the Spider node signs in there. */
  async function linkTo({ host, port }: MysqlAddress): Promise<{ user: string; password: string }> {
    await using spider = await openSpider();
    const [login] = await spider.rows(
      sql<{ user: string; password: string }>`select Username as user, Password as password from mysql.servers
        where Host = ${host} and Port = ${port} and Db = ${spider.database}`,
    );
    if (!login) throw new Error('the Spider node does not go there');
    return login;
  }
});

function pairOf({ nodes }: ShardServers): Required<DataNode> {
  const [node] = nodes;
  if (!node?.replica) throw new Error('this node has no replica');
  return { ...node, replica: node.replica };
}

function swapped(servers: ShardServers): ShardServers {
  const { name, primary, replica } = pairOf(servers);
  return { ...servers, nodes: [{ name, primary: replica, replica: primary }, ...servers.nodes.slice(1)] };
}

async function connect(address: MysqlAddress): Promise<Connection & AsyncDisposable> {
  const connection = await createConnection(address);
  // What is killed says so.
  connection.on('error', () => undefined);
  return Object.assign(connection, {
    [Symbol.asyncDispose]: () => Promise.resolve(connection.destroy()),
  });
}

async function addUsers(clef: Database, name: string, count: number): Promise<void> {
  for (let at = 0; at < count; at++) await addUser(clef, `${name}-${at}`);
}

async function userNames(address: MysqlAddress): Promise<string[]> {
  await using connection = await connect(address);
  const [rows] = await connection.query<(RowDataPacket & { name: string })[]>(
    'select name from user order by name',
  );
  return rows.map(({ name }) => name);
}

/** As this Spider node would name a transaction. */
function undecidedBy(serverId: number): string {
  return `'1${'0'.repeat(16)}','${serverId.toString(16)}',1`;
}

async function prepared(address: MysqlAddress): Promise<number> {
  await using connection = await connect(address);
  const [rows] = await connection.query<RowDataPacket[]>('xa recover');
  return rows.length;
}

/** What a replica would repeat. */
async function lastWritten(address: MysqlAddress): Promise<string> {
  await using connection = await connect(address);
  const [[row]] = await connection.query<RowDataPacket[]>('select @@global.gtid_binlog_pos as position');
  return String(row?.['position']);
}

async function untilSame(one: MysqlAddress, other: MysqlAddress): Promise<void> {
  await waitFor('the replica', async () => {
    const [a, b] = await Promise.all([userNames(one), userNames(other)]);
    return a.length === b.length || undefined;
  });
  expect(await userNames(other)).toEqual(await userNames(one));
}

/** That it failed, or that nobody knows. */
function isTold(error: unknown): boolean {
  return (
    isClefError(error, 'catalog-offline') ||
    isClefError(error, 'catalog-in-doubt') ||
    isClefError(error, 'catalog-conflict')
  );
}

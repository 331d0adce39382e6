import { type Connection, createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addUser } from '../../../../test/support/catalog-user.ts';
import { isAbsent } from '../../../../test/support/debian.ts';
import { clientAddress, type ShardWorld, startShards } from '../../../../test/support/shard-world.ts';
import { MARIADBD } from '../../../../test/support/start-mariadb.ts';
import { waitFor } from '../../../../test/support/wait-for.ts';
import { tableWalk, type WalkedDatabase } from '../changes/walk.ts';
import { createSqlCatalog, Database, type SqlCatalog } from '../index.ts';
import { executor } from '../prepared.ts';
import { applyShards, bucketTables, moveBuckets, type ShardServers } from './index.ts';

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

  it('are used by a server once, whichever Spider nodes it knows', async () => {
    await using stack = new AsyncDisposableStack();
    const { servers } = stack.use(await world.lease());
    const [one, other] = [clientAddress(servers, 0), clientAddress(servers, 1)];
    const claim = { kind: 'server', serverId: 'a' } as const;
    stack.use(await Database.connect({ ...one, others: [other] }, { claim }));
    const second = Database.connect(other, { claim });
    await expect(second).rejects.toMatchObject({ code: 'data-in-use' });
  });

  it('are open to users who have this database, and none of a similar name', async () => {
    await using stack = new AsyncDisposableStack();
    const { servers } = stack.use(await world.lease());
    for (const address of [servers.nodes[0]?.primary, servers.spiders[0]?.address]) {
      const connection = await connectTo(address, stack);
      const [granted] = await connection.query(
        "select distinct db from mysql.db where user like concat(database(), '%')",
      );
      expect(granted).toEqual([{ db: address?.database.replaceAll('_', '\\_') }]);
    }
  });

  const byBucket = (a: number, b: number) => (a % 512) - (b % 512) || a - b;
  const byTrack = (a: number, b: number) => a - b;
  it.each([
    { key: ['track_id', 'vb'], order: byTrack, when: 'between two pages', pages: [500, 200, 400, 400] },
    // The first page is read anew.
    { key: ['vb', 'track_id'], order: byBucket, when: 'during one', pages: [500, 299, 500, 100, 500, 101] },
  ])('are walked through shard by shard, also $when, by $key', async ({ key, order, when, pages }) => {
    await using stack = new AsyncDisposableStack();
    const { servers } = stack.use(await world.lease());
    const node = await connectTo(servers.nodes[0]?.primary, stack);
    await node.query(
      "insert into lyrics (vb, track_id, library_id, entries, row_version) select seq % 512, seq, '', '', 1 from seq_1_to_1500",
    );
    const database = stack.use(await Database.connect(clientAddress(servers)));
    const moving = { first: 100, last: 299 };
    let isMoved = false;
    const moveOnce = async () => {
      if (isMoved) return;
      isMoved = true;
      await moveBuckets(servers, { ...moving, node: 'node-1' }, options);
    };
    let answers = 0;
    const read: number[] = [];
    const watched = watching(database, async (rows) => {
      // Two say where the buckets lie: before all pages, and before this one.
      if (when === 'during one' && ++answers === 2) await moveOnce();
      if (rows[0] && 'track_id' in rows[0]) read.push(rows.length);
    });
    const walked: number[] = [];
    for await (const row of tableWalk('lyrics', key).rows(watched, [-1, -1])) {
      walked.push(Number(row['track_id']));
      await moveOnce();
    }
    expect(walked).toEqual(Array.from({ length: 1_500 }, (_, at) => at + 1).sort(order));
    expect(read).toEqual(pages);
    await moveBuckets(servers, { ...moving, node: 'node-0' }, options);
  });

  it('are moved by one at a time', async () => {
    await using lease = await world.lease();
    const { servers } = lease;
    const results = await Promise.allSettled([
      moveBuckets(servers, { first: 0, last: 511, node: 'node-0' }, options),
      applyShards(servers, options),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'data-in-use' },
    });
  }, 60_000);

  it('are refused to a list that lacks their node, or calls it by the name of another', async () => {
    await using lease = await world.lease();
    const { servers } = lease;
    await using database = await Database.connect(clientAddress(servers));
    for (let i = 0; i < 8; i++) await addUser(database, `ann ${i}`);
    const [one, other] = servers.nodes;
    if (!one || !other) throw new Error('there are fewer data nodes');
    const lacking = { ...servers, nodes: [one] };
    const exchanged = {
      ...servers,
      nodes: [
        { ...one, primary: other.primary },
        { ...other, primary: one.primary },
      ],
    };
    const refused = { code: 'config-invalid' };
    await expect(applyShards(lacking, options)).rejects.toMatchObject(refused);
    await expect(applyShards(exchanged, options)).rejects.toMatchObject(refused);
    await expect(
      moveBuckets(exchanged, { first: 0, last: 511, node: 'node-0' }, options),
    ).rejects.toMatchObject(refused);
    expect(await database.db.selectFrom('user').select('id').execute()).toHaveLength(8);
  }, 60_000);

  it('are moved while others prepare one transaction after another, and with rows of many bytes', async () => {
    await using stack = new AsyncDisposableStack();
    const { servers } = stack.use(await world.lease());
    const node = await connectTo(servers.nodes[0]?.primary, stack);
    await node.query(
      "insert into lyrics (vb, track_id, library_id, entries, row_version) select 7, seq, '', repeat('x', 40000), 1 from seq_1_to_500",
    );
    await node.query('create table busy (number bigint)');
    const [even, odd] = [
      await connectTo(servers.nodes[0]?.primary, stack),
      await connectTo(servers.nodes[0]?.primary, stack),
    ];
    const moved = new AbortController();
    const preparing = prepareOneAfterAnother(even, odd, moved.signal);
    try {
      const { rows } = await moveBuckets(servers, { first: 0, last: 511, node: 'node-1' }, options);
      expect(rows).toBeGreaterThanOrEqual(500);
    } finally {
      moved.abort();
      await preparing;
    }
    await node.query('drop table busy');
    await moveBuckets(servers, { first: 0, last: 511, node: 'node-0' }, options);
  }, 60_000);

  it('are where the map has them after the list was applied to a Spider node that was left between two', async () => {
    await using stack = new AsyncDisposableStack();
    const { servers } = stack.use(await world.lease());
    const spider = await connectTo(servers.spiders[0]?.address, stack);
    const reader = await connectTo(servers.spiders[0]?.address, stack);
    await reader.query('start transaction');
    // Keeps it from being told of its new tables.
    await reader.query('select * from shard_told');
    const moving = expect(
      moveBuckets(servers, { first: 0, last: 511, node: 'node-1' }, options),
    ).rejects.toThrow();
    await waitFor('the new tables to be in place', async () => {
      const [[waiting]] = (await spider.query(
        "select id from information_schema.processlist where db = database() and info like 'create or replace table shard_told%'",
      )) as unknown as [[{ id: number } | undefined]];
      if (waiting) await spider.query(`kill ${waiting.id}`);
      return waiting && true;
    });
    await moving;
    await reader.query('rollback');
    await applyShards(servers, options);
    const [[partition]] = (await spider.query(
      `select partition_name as node from information_schema.partitions where table_schema = database()
        and table_name = 'track' and find_in_set(0, partition_description)`,
    )) as unknown as [[unknown]];
    expect(partition).toEqual({ node: 'node-0' });
    await moveBuckets(servers, { first: 0, last: 511, node: 'node-1' }, options);
  }, 60_000);
});

async function connectTo(
  address: ShardServers['client'] | undefined,
  stack: AsyncDisposableStack,
): Promise<Connection> {
  const connection = await createConnection({ ...address });
  stack.defer(() => connection.end());
  return connection;
}

/** At any moment one is prepared. */
async function prepareOneAfterAnother(even: Connection, odd: Connection, signal: AbortSignal): Promise<void> {
  for (let i = 0; ; i++) {
    const [connection, other] = i % 2 === 0 ? [even, odd] : [odd, even];
    for (const statement of [
      `xa start 'busy-${i}'`,
      `insert into busy values (${i})`,
      `xa end 'busy-${i}'`,
      `xa prepare 'busy-${i}'`,
    ])
      await connection.query(statement);
    if (i > 0) await other.query(`xa commit 'busy-${i - 1}'`);
    if (signal.aborted) {
      await connection.query(`xa commit 'busy-${i}'`);
      return;
    }
  }
}

/** Tells of each answer before whoever asked has it. */
function watching(
  { lanes, patient }: Database,
  onAnswer: (rows: readonly object[]) => Promise<void>,
): WalkedDatabase {
  const db = patient.db.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      await onAnswer(result.rows);
      return result;
    },
  });
  return { lanes, patient: { ...executor(db, db), db } };
}

async function bucketsOn(servers: ShardServers, at: number): Promise<unknown> {
  const connection = await createConnection(servers.nodes[at]?.primary ?? {});
  const lowest = bucketTables.map((table) => `select min(vb) as first from \`${table}\``);
  const [[row]] = (await connection.query(
    `select min(first) as first from (${lowest.join(' union all ')}) as lowest`,
  )) as unknown as [[unknown]];
  await connection.end();
  return row;
}

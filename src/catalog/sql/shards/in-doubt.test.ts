import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommitCutter } from '../../../../test/support/commit-cutter.ts';
import { isAbsent } from '../../../../test/support/debian.ts';
import {
  clientAddress,
  overCutters,
  type ShardWorld,
  startShards,
} from '../../../../test/support/shard-world.ts';
import { MARIADBD, type Mariadb } from '../../../../test/support/start-mariadb.ts';
import { catalogId, type UserId } from '../../../core/index.ts';
import { Database } from '../index.ts';
import { applyShards } from './apply.ts';
import { type Doubts, findInDoubt, settleInDoubt } from './in-doubt.ts';
import type { ShardServers } from './servers.ts';

/** One on each of two data nodes. */
const BUCKETS = [5, 1_000] as const;

describe.skipIf(isAbsent(MARIADBD))('a change of two shards', () => {
  const stack = new AsyncDisposableStack();
  let world: ShardWorld;
  let servers: ShardServers;
  let cutter: CommitCutter;
  let database: Database;
  let direct: ShardServers;
  beforeAll(async () => {
    world = stack.use(await startShards({ nodes: 2, spiders: 1 }));
    direct = world.newServers();
    const over = await overCutters(direct, stack);
    ({ servers } = over);
    // Of the node that Spider asks last.
    cutter = over.cutters[1] as CommitCutter;
    await applyShards(servers, { signal: AbortSignal.timeout(60_000), onProgress: () => undefined });
    database = stack.use(await Database.connect(clientAddress(servers)));
    // Spider opens tables only while all data nodes are there.
    await addUsers('first', BUCKETS);
  }, 120_000);
  afterAll(() => stack.disposeAsync());

  const options = () => ({ signal: AbortSignal.timeout(30_000), watchMs: 300 });
  let seq = 0;

  async function addUsers(name: string, buckets: readonly number[]): Promise<void> {
    seq++;
    await database.transact(async (tx) => {
      for (const vb of buckets) {
        const row = { role: 'listener', password_hash: '', created_at_ms: 0, disabled_at_ms: null } as const;
        await tx.put('user', { vb, id: catalogId<UserId>(seq, vb), name, name_key: name, ...row });
      }
    });
  }

  /** By each data node itself. */
  async function whereIs(name: string): Promise<readonly string[]> {
    const found: string[] = [];
    for (const { name: node, primary } of direct.nodes) {
      const connection = await createConnection(primary);
      const [rows] = await connection.query('select 1 from user where name = ?', [name]);
      await connection.end();
      if ((rows as unknown[]).length > 0) found.push(node);
    }
    return found;
  }

  it.each([
    { moment: 'xa prepare', outcome: 'rollback', nodes: ['node-0'], after: [] },
    { moment: 'xa commit', outcome: 'commit', nodes: ['node-1'], after: ['node-0', 'node-1'] },
  ])(
    'is whole once its Spider node, killed at its last $moment, is back: $outcome',
    async (the) => {
      const [spider] = world.spiders as [Mariadb];
      const cut = cutter.cutAt(the.moment, 'query', () => spider.kill());
      const adding = addUsers(the.moment, BUCKETS);
      await expect(adding).rejects.toMatchObject({ code: 'catalog-in-doubt' });
      await cut;
      expect(await settleInDoubt(servers, options())).toMatchObject({
        settled: [],
        left: [{ nodes: the.nodes, spider: undefined, outcome: undefined }],
        away: ['spider-0'],
      });
      await spider.start();
      expect(await settleInDoubt(servers, options())).toMatchObject({
        settled: [{ nodes: the.nodes, spider: 'spider-0', outcome: the.outcome }],
        left: [],
        away: [],
      });
      expect(await whereIs(the.moment)).toEqual(the.after);
      await addUsers(`after ${the.moment}`, BUCKETS);
    },
    60_000,
  );

  it('is not taken for one in doubt while it is being committed, and known to be made where a part is', async () => {
    let meanwhile: Doubts | undefined;
    const cut = cutter.cutAt('xa commit', 'query', async () => {
      meanwhile = await findInDoubt(servers, options());
    });
    await addUsers('half', BUCKETS);
    await cut;
    expect(meanwhile).toEqual({ inDoubt: [], away: [] });
    expect(await whereIs('half')).toEqual(['node-0']);
    const { inDoubt } = await findInDoubt(servers, options());
    expect(inDoubt).toMatchObject([{ nodes: ['node-1'], spider: 'spider-0', outcome: 'commit' }]);
    await settleInDoubt(servers, options());
    expect(await whereIs('half')).toEqual(['node-0', 'node-1']);
    expect(await findInDoubt(servers, options())).toEqual({ inDoubt: [], away: [] });
  });

  it('has another name where that of one from before its Spider node started would be its own', async () => {
    const [spider] = world.spiders as [Mariadb];
    const noted = async (statement: string) => {
      const connection = await createConnection({ ...spider.login, database: 'mysql' });
      await connection.query(statement);
      await connection.end();
    };
    await noted(
      `insert into spider_xa
       select 1, length(thread) + 16, length(node), concat(thread, lpad(lower(hex(query.seq)), 16, '0'), node), 'COMMIT'
       from (select lower(hex(seq)) as thread, lower(hex(@@server_id)) as node from seq_3_to_40) as threads
       join seq_1_to_1000 as query on crc32(query.seq) % 5 < 2`,
    );
    await spider.kill();
    await spider.start();
    await noted('truncate spider_xa');
    for (let time = 0; time < 20; time++) {
      await addUsers(`named ${time}`, BUCKETS);
      expect(await whereIs(`named ${time}`)).toEqual(['node-0', 'node-1']);
    }
  });

  it('fails where one of them is away, and what only others have goes on', async () => {
    const node = world.nodes[1] as Mariadb;
    await node.kill();
    const [here, away] = BUCKETS;
    await addUsers('here', [here]);
    await expect(addUsers('away', BUCKETS)).rejects.toMatchObject({ code: 'catalog-offline' });
    const namesIn = (vb: number) =>
      database.db.selectFrom('user').select('name').where('vb', '=', vb).execute();
    expect(await namesIn(here)).toContainEqual({ name: 'here' });
    await expect(namesIn(away)).rejects.toMatchObject({ code: 'catalog-offline' });
    for (let pulls = 0; pulls < 2; pulls++) {
      const changes = await database.changes.changesAfter(0, 1_000);
      expect(changes.map(({ row }) => row?.['name'])).toContain('here');
    }
    await node.start();
    await addUsers('back', BUCKETS);
    expect(await whereIs('back')).toEqual(['node-0', 'node-1']);
    expect(await whereIs('away')).toEqual([]);
  });

  it('that nobody can tell of is not made a second time', async () => {
    const [, last] = BUCKETS;
    const cut = cutter.cutAt('xa commit', 'query');
    await expect(addUsers('once', [last])).rejects.toMatchObject({ code: 'catalog-in-doubt' });
    await cut;
    await settleInDoubt(servers, options());
    expect(await whereIs('once')).toEqual(['node-1']);
  });

  it('is made again where another, which took its rows in another order, got into its way', async () => {
    await addUsers('six', [5, 6]);
    const id = seq;
    const met = Promise.withResolvers<void>();
    let waiting = 0;
    let runs = 0;
    const rename = (order: readonly number[]) =>
      database.transact(async (tx) => {
        runs++;
        for (const vb of order) {
          await tx.query((db) =>
            db
              .updateTable('user')
              .set({ name: `${order[0]}` })
              .where('vb', '=', vb)
              .where('id', '=', catalogId<UserId>(id, vb)),
          );
          if (++waiting === 2) met.resolve();
          await met.promise;
        }
      });
    await Promise.all([rename([5, 6]), rename([6, 5])]);
    expect(runs).toBeGreaterThan(2);
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAbsent } from '../../../../test/support/debian.ts';
import { clientAddress, type ShardWorld, startShards } from '../../../../test/support/shard-world.ts';
import { MARIADBD, type Mariadb } from '../../../../test/support/start-mariadb.ts';
import { catalogId, type UserId } from '../../../core/index.ts';
import { Database } from '../index.ts';
import { PATIENT_MS } from '../mysql/sessions.ts';

/** One on each of two data nodes. */
const [OTHERS, HUNG] = [5, 1_000];

describe.skipIf(isAbsent(MARIADBD))('a data node that hangs', () => {
  const stack = new AsyncDisposableStack();
  let node: Mariadb;
  let database: Database;
  let silent: Database;
  beforeAll(async () => {
    const world: ShardWorld = stack.use(await startShards({ nodes: 2, spiders: 1 }));
    const { servers } = stack.use(await world.lease());
    node = world.nodes[1] as Mariadb;
    const address = clientAddress(servers);
    database = stack.use(await Database.connect(address));
    // Gives up before the Spider node does.
    silent = stack.use(await Database.connect(address, { patienceMs: 300 }));
    // Spider opens tables only while all data nodes are there.
    await addUsers(database, 'first', [OTHERS, HUNG]);
    await usersIn(silent, HUNG);
  }, 120_000);
  afterAll(() => stack.disposeAsync());

  it('fails what needs it before long, and nothing else, and is used again when it goes on', async () => {
    await node.pause();
    const stop = new AbortController();
    try {
      const failing = Promise.all([
        ...Array.from({ length: 12 }, () => refusal(usersIn(database, HUNG))),
        refusal(usersIn(silent, HUNG)),
        refusal(addUsers(database, 'hung', [HUNG])),
        refusal(addUsers(database, 'both', [OTHERS, HUNG])),
      ]);
      // Whoever reads many rows would still wait.
      const tooLong = sleep(PATIENT_MS / 2, 'too long', { signal: stop.signal });
      await addUsers(database, 'others', [OTHERS]);
      expect(await usersIn(database, OTHERS)).toEqual(['first', 'others']);
      expect(new Set(await Promise.race([failing, tooLong]))).toEqual(new Set(['catalog-offline']));
    } finally {
      stop.abort();
      node.resume();
    }
    await addUsers(database, 'back', [OTHERS, HUNG]);
    expect(await usersIn(database, OTHERS)).toEqual(['first', 'others', 'back']);
    expect(await usersIn(silent, HUNG)).toEqual(['first', 'back']);
  }, 30_000);
});

async function refusal(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'done',
    (error: unknown) => (error as { readonly code?: unknown }).code,
  );
}

let seq = 0;

async function addUsers(database: Database, name: string, buckets: readonly number[]): Promise<void> {
  seq++;
  const row = { role: 'listener', password_hash: '', created_at_ms: 0, disabled_at_ms: null } as const;
  await database.transact(async (tx) => {
    for (const vb of buckets)
      await tx.put('user', { vb, id: catalogId<UserId>(seq, vb), name, name_key: name, ...row });
  });
}

async function usersIn({ db }: Database, vb: number): Promise<readonly string[]> {
  const rows = await db.selectFrom('user').select('name').where('vb', '=', vb).orderBy('id').execute();
  return rows.map(({ name }) => name);
}

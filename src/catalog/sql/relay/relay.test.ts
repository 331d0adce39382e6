import { describe, expect, it, vi } from 'vitest';
import { addUser } from '../../../../test/support/catalog-user.ts';
import { isAbsent } from '../../../../test/support/debian.ts';
import { leaseDatabase } from '../../../../test/support/shared-mariadb.ts';
import { MARIADBD } from '../../../../test/support/start-mariadb.ts';
import type { CatalogDatabase } from '../catalog-database.ts';
import { trimLanes } from '../changes/trim.ts';
import { Database } from '../index.ts';
import { Relay } from './relay.ts';
import { RelayFile } from './relay-file.ts';

const HOUR_MS = 3_600_000;

/** Nobody pulls but who is told to. */
const quiet = {
  onOthers: () => undefined,
  onMissed: () => undefined,
  onFailure: () => undefined,
  intervalMs: HOUR_MS,
};

describe('the relay', () => {
  it('forgets what lies on the servers an hour after it has read it, a little at a time', async () => {
    await using database = await Database.open({ file: ':memory:' });
    let nowMs = 0;
    const transactions: number[] = [];
    const watched = changed(database, {
      transact: async (work) => {
        const before = await entriesOf(database);
        const result = await database.transact(work);
        transactions.push(before - (await entriesOf(database)));
        return result;
      },
    });
    await using relay = new Relay({
      ...quiet,
      database: watched,
      file: new RelayFile(':memory:'),
      now: () => nowMs,
    });
    await database.transact(async (tx) => {
      for (let i = 0; i < 2_500; i++)
        await tx.put('lyrics', { vb: 1, track_id: i, library_id: '', entries: '' });
    });
    const last = await relay.lastSeq();
    await relay.trim(last);
    expect(await entriesOf(database)).toBe(last);
    nowMs += HOUR_MS;
    await relay.trim(last);
    expect(transactions).toEqual([2_000, last - 2_000]);
    expect(await relay.changesAfter(0, 10)).toEqual([]);
  });

  it('goes on after its own file could not be written, and tells of it', async () => {
    await using database = await Database.open({ file: ':memory:' });
    const file = new RelayFile(':memory:');
    const failures: unknown[] = [];
    const onFailure = (error: unknown) => failures.push(error);
    let nowMs = 0;
    await using relay = new Relay({ ...quiet, database, file, now: () => nowMs, onFailure });
    await addUser(database, 'ann');
    await database.changes.trim(await database.changes.lastSeq());
    const full = new Error('the disk is full');
    const fail = () => {
      throw full;
    };
    const writing = vi.spyOn(file, 'beginAnew').mockImplementationOnce(fail).mockImplementationOnce(fail);
    nowMs = 5_000;
    expect(await relay.lastSeq()).toBe(0);
    expect(await relay.lastSeq()).toBe(0);
    expect(failures).toEqual([full]);
    expect(relay.readAtMs).toBe(0);
    expect(await relay.lastSeq()).toBe(1);
    expect(relay.readAtMs).toBe(5_000);
    expect(failures).toEqual([full]);
    expect(writing).toHaveBeenCalledTimes(3);
  });

  it('counts on where its stream begins anew, so that nobody who follows it is ahead', async () => {
    using file = new RelayFile(':memory:');
    const entry = { writer: '', table_name: 'track', row_key: '[1,1]', row_version: 1, row: null };
    file.append([1, 2, 3].map((seq) => ({ ...entry, vb: 1, seq })));
    const { name } = file;
    file.beginAnew([{ vb: 1, seq: 9 }]);
    expect(file).toMatchObject({ lastSeq: 4, trimmedSeq: 4 });
    expect(file.name).not.toBe(name);
    expect(file.after(0, 10)).toEqual([]);
  });

  it.skipIf(isAbsent(MARIADBD))(
    'begins anew where another server trims a lane between its two questions',
    async () => {
      await using lease = await leaseDatabase();
      await using database = await Database.connect(lease.address);
      await using other = await Database.connect(lease.address);
      let isToTrim = false;
      const db = database.db.withPlugin({
        transformQuery: ({ node }) => node,
        transformResult: async ({ result }) => {
          // Of the table of lanes, where it is one.
          const lanes = result.rows as unknown as readonly {
            vb: number;
            last_seq: number;
            trimmed_seq?: number;
          }[];
          if (!isToTrim || lanes[0]?.trimmed_seq === undefined) return result;
          isToTrim = false;
          await trimLanes(
            other,
            lanes.map(({ vb, last_seq: seq }) => ({ vb, seq })),
          );
          await addUser(other, 'zoe');
          return result;
        },
      });
      let missed = 0;
      await using relay = new Relay({
        ...quiet,
        database: changed(database, { db }),
        file: new RelayFile(':memory:'),
        now: () => 0,
        onMissed: () => missed++,
      });
      await addUser(other, 'ann');
      const [last, streamId] = [await relay.lastSeq(), await relay.catalogId()];
      await addUser(other, 'bob');
      isToTrim = true;
      expect(await relay.lastSeq()).toBe(last + 1);
      expect(await relay.trimmedUpTo()).toBe(last + 1);
      expect(await relay.catalogId()).not.toBe(streamId);
      expect(missed).toBe(1);
      await addUser(other, 'kim');
      expect((await relay.changesAfter(last + 1, 10)).map(({ row }) => row?.['name'])).toContain('kim');
    },
  );

  it('tells where it does not even know which parts there are', async () => {
    await using database = await Database.open({ file: ':memory:' });
    const away = new Error('away');
    const lost = changed(database, { parts: () => Promise.reject(away) });
    const failures: unknown[] = [];
    await using relay = new Relay({
      ...quiet,
      database: lost,
      file: new RelayFile(':memory:'),
      now: () => 0,
      onFailure: (error) => failures.push(error),
    });
    await relay.lastSeq();
    expect(failures).toEqual([away]);
  });

  it('reads nothing more once it is closed, also for those who wait', async () => {
    await using database = await Database.open({ file: ':memory:' });
    let asked = 0;
    const counted = changed(database, {
      parts: () => {
        asked++;
        return database.parts();
      },
    });
    const relay = new Relay({ ...quiet, database: counted, file: new RelayFile(':memory:'), now: () => 0 });
    const reading = Promise.allSettled([relay.lastSeq(), relay.lastSeq()]);
    await relay[Symbol.asyncDispose]();
    await reading;
    expect(asked).toBe(1);
  });
});

async function entriesOf({ db }: Database): Promise<number> {
  const { count } = await db
    .selectFrom('outbox_entry')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

/** The database, but for some of what it does. */
function changed(database: Database, changes: Partial<CatalogDatabase>): CatalogDatabase {
  return new Proxy<CatalogDatabase>(database, {
    get: (target, name) => {
      const value: unknown = Reflect.get(changes, name) ?? Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

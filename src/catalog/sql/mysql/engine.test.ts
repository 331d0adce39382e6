import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { sql } from 'kysely';
import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addUser } from '../../../../test/support/catalog-user.ts';
import { layCommitCutter } from '../../../../test/support/commit-cutter.ts';
import { isAbsent } from '../../../../test/support/debian.ts';
import { leaseDatabase } from '../../../../test/support/shared-mariadb.ts';
import { MARIADBD, type Mariadb, startMariadb } from '../../../../test/support/start-mariadb.ts';
import { waitFor } from '../../../../test/support/wait-for.ts';
import { bucketOf, type UserId } from '../../../core/index.ts';
import { type ConnectOptions, createSqlCatalog, Database } from '../index.ts';
import { literal, Server } from '../shards/server.ts';
import type { MysqlAddress } from './address.ts';

describe.skipIf(isAbsent(MARIADBD))('several servers on one database', () => {
  it('make one catalogue of it, whoever comes first', async () => {
    await using lease = await leaseDatabase();
    const opened = await Promise.all([1, 2, 3].map(() => Database.connect(lease.address)));
    const names = await Promise.all(
      opened.map(({ db }) =>
        db.selectFrom('catalog_meta').select('value').where('name', '=', 'catalog-id').executeTakeFirst(),
      ),
    );
    expect(new Set(names.map((row) => row?.value)).size).toBe(1);
    await Promise.all(opened.map((database) => database[Symbol.asyncDispose]()));
  });

  it('count on from each other, and give no id twice', async () => {
    await using stack = new AsyncDisposableStack();
    const { address } = stack.use(await leaseDatabase());
    const databases = [];
    for (let i = 0; i < 4; i++) databases.push(stack.use(await Database.connect(address)));
    const [first] = databases;
    if (!first) throw new Error('nothing was opened');
    const user = await addUser(first, 'ann');
    const ids = await Promise.all(
      databases.flatMap((database) =>
        Array.from({ length: 20 }, async () => {
          await countUp(database, user);
          return database.transact((tx) => tx.nextId(7));
        }),
      ),
    );
    expect(new Set(ids).size).toBe(80);
    expect(await countOf(first, user)).toBe(80);
  });

  it('have an outbox in the order of their commits, so that who reads on from its end misses nothing', async () => {
    await using stack = new AsyncDisposableStack();
    const { address } = stack.use(await leaseDatabase());
    const writers = [];
    for (let i = 0; i < 3; i++) writers.push(stack.use(await Database.connect(address)));
    const reader = createSqlCatalog(stack.use(await Database.connect(address)));
    let isWriting = true;
    const writing = Promise.all(
      writers.map(async (database, writer) => {
        for (let i = 0; i < 30; i++) await addUser(database, `${writer} ${i}`);
      }),
    ).finally(() => (isWriting = false));
    const seen: number[] = [];
    for (let isLast = false; !isLast; ) {
      isLast = !isWriting;
      for (const { seq } of await reader.changesAfter(seen.at(-1) ?? 0, 1_000)) seen.push(seq);
    }
    await writing;
    const all = (await reader.changesAfter(0, 10_000)).map(({ seq }) => seq);
    expect(seen).toEqual(all);
    expect(all.length).toBeGreaterThanOrEqual(90);
  });
});

describe.skipIf(isAbsent(MARIADBD))('a catalogue of several servers', () => {
  const claimOf = (serverId: string) => ({ claim: { kind: 'server' as const, serverId } });
  const alone = { claim: { kind: 'alone' as const } };

  it('is used by any number of them, each once, and by nobody beside one that has to be alone', async () => {
    await using lease = await leaseDatabase();
    const connect = (options: ConnectOptions) => Database.connect(lease.address, options);
    // Each is waited for, side by side.
    const areRefused = (claims: readonly ConnectOptions[]) =>
      Promise.all(
        claims.map((claim) => expect(connect(claim)).rejects.toMatchObject({ code: 'data-in-use' })),
      );
    {
      await using _first = await connect(claimOf('one'));
      await using _second = await connect(claimOf('two'));
      await areRefused([claimOf('one'), alone]);
    }
    await using _alone = await connect(alone);
    await areRefused([claimOf('one'), alone]);
  });

  it('has one of them do what is done for all', async () => {
    await using lease = await leaseDatabase();
    await using first = await Database.connect(lease.address, claimOf('one'));
    await using second = await Database.connect(lease.address, claimOf('two'));
    const turn = await first.holdChore('scrub');
    expect(turn).toBeDefined();
    expect(await second.holdChore('scrub')).toBeUndefined();
    await using _another = await second.holdChore('repair');
    expect(_another).toBeDefined();
    await turn?.[Symbol.asyncDispose]();
    await using next = await second.holdChore('scrub');
    expect(next).toBeDefined();
  });
});

describe.skipIf(isAbsent(MARIADBD))('a server that Clef does not know', () => {
  it.each(['8.0.36', '10.6.1-MariaDB'])('is refused: %s', async (version) => {
    await using server = await startMariadb({ settings: [`--version=${version}`] });
    await expect(Database.connect(await server.newDatabase())).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('wants MariaDB 10.11') as string,
    });
  });
});

describe.skipIf(isAbsent(MARIADBD))('a database on a server', () => {
  let server: Mariadb;
  let address: MysqlAddress;
  beforeAll(async () => {
    server = await startMariadb({ isDurable: true });
    address = await server.newDatabase();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('that is killed fails what needs it, and is used again when it is back, with what it acknowledged', async () => {
    await using database = await Database.connect(address);
    const user = await addUser(database, 'ann');
    await countUp(database, user);
    await server.kill();
    await expect(countOf(database, user)).rejects.toMatchObject({ code: 'catalog-offline' });
    await expect(countUp(database, user)).rejects.toMatchObject({ code: 'catalog-offline' });
    await server.start();
    expect(await countOf(database, user)).toBe(1);
    await countUp(database, user);
    expect(await countOf(database, user)).toBe(2);
  });

  it('that hangs is given up, and is used again when it goes on', async () => {
    await using database = await Database.connect(address, { patienceMs: 300 });
    const user = await addUser(database, 'bob');
    await server.pause();
    try {
      await expect(countOf(database, user)).rejects.toMatchObject({ code: 'catalog-offline' });
    } finally {
      server.resume();
    }
    await countUp(database, user);
    expect(await countOf(database, user)).toBe(1);
  });

  it('goes on with a migration that was broken off', async () => {
    const broken = await server.newDatabase();
    await (await Database.connect(broken))[Symbol.asyncDispose]();
    const connection = await createConnection(broken);
    await connection.query('delete from schema_migration where version > 2');
    await connection.end();
    await using database = await Database.connect(broken);
    const versions = await database.db
      .selectFrom('schema_migration' as never)
      .selectAll()
      .execute();
    expect(versions.length).toBeGreaterThan(5);
  });

  it('is gone on with where a newer Clef adds to its tables beside it, and refused at the next start', async () => {
    const shared = await server.newDatabase();
    await using older = await Database.connect(shared);
    const connection = await createConnection(shared);
    await connection.query("insert into schema_migration values (1000000, 'from the future')");
    await connection.query('create table from_the_future (id int primary key) collate utf8mb4_nopad_bin');
    await connection.query('alter table user add column from_the_future int');
    await connection.end();
    const user = await addUser(older, 'ann');
    const rows = await older.db.selectFrom('user').select('name').where('id', '=', user).execute();
    expect(rows).toEqual([{ name: 'ann' }]);
    await expect(Database.connect(shared)).rejects.toMatchObject({ code: 'data-newer' });
  });

  it('is waited for while another server migrates it, longer than for any other answer', async () => {
    const busy = await server.newDatabase();
    const connection = await createConnection(busy);
    await connection.query("select get_lock(concat(database(), '.migration'), 0)");
    let isFree = false;
    const opening = Database.connect(busy, { patienceMs: 100 }).then((database) => ({ database, isFree }));
    await sleep(500);
    isFree = true;
    await connection.end();
    const opened = await opening;
    await using _ = opened.database;
    expect(opened.isFree).toBe(true);
  });

  it('is refused where its texts are compared in another way', async () => {
    const other = await server.newDatabase();
    const connection = await createConnection(other);
    await connection.query('create table album (vb int primary key) collate utf8mb4_general_ci');
    await connection.end();
    await expect(Database.connect(other)).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('album') as string,
    });
  });

  it('whose rows are on their way for too long says so', async () => {
    const moving = await server.newDatabase();
    await using database = await Database.connect(moving);
    const connection = await createConnection(moving);
    await connection.query(
      "create trigger elsewhere before insert on user for each row signal sqlstate '45000' set message_text = 'clef: this bucket is elsewhere'",
    );
    await connection.end();
    let nowMs = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (nowMs += 100_000));
    try {
      await expect(addUser(database, 'ann')).rejects.toMatchObject({ code: 'catalog-offline' });
    } finally {
      vi.restoreAllMocks();
    }
  });

  it('tells of a failure without the statement, which may hold a secret', async () => {
    const { user, password } = { user: 'only-reads', password: 'hunter2' };
    const admin = await createConnection(address);
    await admin.query(`create user '${user}'@'%' identified by '${password}'`);
    await admin.query(`grant select on *.* to '${user}'@'%'`);
    await admin.end();
    await using powerless = await Server.make('a', { ...address, user, password });
    const refused = await powerless
      .run(sql`create user another identified by ${literal('hunter3')}`)
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'config-invalid' });
    const failed = await powerless
      .rows(sql`select ${'hunter3'} from nothing`)
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'ER_NO_SUCH_TABLE' });
    expect(inspect([refused, failed], { depth: null })).not.toContain('hunter');
  });

  it('says that it refuses, and repeats no secret', async () => {
    const attempt = Database.connect({ ...address, password: 'hunter2' });
    await expect(attempt).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.not.stringContaining('hunter2') as string,
    });
    await expect(Database.connect({ ...address, database: 'elsewhere' })).rejects.toMatchObject({
      code: 'config-invalid',
    });
  });
});

describe.skipIf(isAbsent(MARIADBD))('a commit', () => {
  it.each(['answer', 'query'] as const)('whose %s was lost on the way is done once', async (what) => {
    await using lease = await leaseDatabase();
    await using line = await layCommitCutter(lease.address);
    await using database = await Database.connect({ ...lease.address, ...line.place });
    const heard: string[] = [];
    database.onCommit((tables) => heard.push(...tables));
    const user = await addUser(database, 'ann');
    await countUp(database, user);
    heard.length = 0;
    const cut = line.cutAt('commit', what);
    await Promise.all([countUp(database, user), cut]);
    expect(await countOf(database, user)).toBe(2);
    await countUp(database, user);
    expect(await countOf(database, user)).toBe(3);
    expect(heard).toEqual(['annotation', 'annotation']);
  });

  it('that was lost is made again where the next one took its number in the outbox', async () => {
    await using lease = await leaseDatabase();
    await using line = await layCommitCutter(lease.address);
    await using database = await Database.connect({ ...lease.address, ...line.place });
    await using other = await Database.connect(lease.address);
    const [ann, bob] = [await addUser(database, 'ann'), await addUser(other, 'bob')];
    let next: Promise<void> | undefined;
    const cut = line.cutAt('commit', 'query', async () => {
      next = countUp(other, bob);
      await waitFor('it to wait for the outbox', async () => {
        // What was read a tenth of a second ago or less is told again, without another look.
        await sleep(150);
        const { rows } = await sql`select 1 from information_schema.innodb_lock_waits`.execute(other.db);
        return rows.length > 0 || undefined;
      });
    });
    await Promise.all([countUp(database, ann), cut]);
    await next;
    expect([await countOf(database, ann), await countOf(database, bob)]).toEqual([1, 1]);
  });

  it('that left no trace, and was lost, is told as not known', async () => {
    await using lease = await leaseDatabase();
    await using line = await layCommitCutter(lease.address);
    await using database = await Database.connect({ ...lease.address, ...line.place });
    const cut = line.cutAt('commit', 'query');
    const nothing = database.transact(async (tx) => tx.query((db) => db.selectFrom('user').select('id')));
    await expect(nothing).rejects.toMatchObject({ code: 'catalog-offline' });
    await cut;
    expect(await database.transact(async () => 'again')).toBe('again');
  });
});

describe.skipIf(isAbsent(MARIADBD))('texts', () => {
  it.each([
    `'; drop table user; --`,
    `\\'; drop table user; -- `,
    `" or 1=1 #`,
    '\\',
    '%_?',
    ':name ?? ?',
    'a\u0000b',
    '\u{1f3b5} 音楽 ',
    'Straße ',
  ])('of any kind stay what they are: %j', async (text) => {
    await using stack = new AsyncDisposableStack();
    const { address } = stack.use(await leaseDatabase());
    const database = stack.use(await Database.connect(address));
    const user = await addUser(database, 'ann');
    const catalog = createSqlCatalog(database);
    const id = await catalog.createPlaylist(user, text, []);
    await catalog.updatePlaylist(user, id, { comment: text });
    const playlist = await catalog.playlist(id, user);
    expect(playlist?.view).toMatchObject({ name: text, comment: text });
    const found = await database.db.selectFrom('playlist').select('id').where('name', '=', text).execute();
    expect(found).toHaveLength(1);
    const others = await database.db
      .selectFrom('playlist')
      .select('id')
      .where('name', '=', `${text} `)
      .execute();
    expect(others).toEqual([]);
    expect(await database.db.selectFrom('user').select('name').execute()).toEqual([{ name: 'ann' }]);
  });
});

/** An item that exists for nobody but this row. */
const ITEM = 4_242;

async function countUp(database: Database, user: UserId): Promise<void> {
  await database.transact(async (tx) => {
    const [known] = await tx.query((db) =>
      db
        .selectFrom('annotation')
        .selectAll()
        .where('vb', '=', bucketOf(user))
        .where('user_id', '=', user)
        .where('item_id', '=', ITEM),
    );
    await tx.put('annotation', {
      vb: bucketOf(user),
      user_id: user,
      item_id: ITEM,
      kind: 'track',
      library_id: '',
      starred_at_ms: null,
      rating: null,
      play_count: (known?.play_count ?? 0) + 1,
      last_played_at_ms: null,
    });
  });
}

async function countOf(database: Database, user: UserId): Promise<number> {
  const row = await database.db
    .selectFrom('annotation')
    .select('play_count')
    .where('vb', '=', bucketOf(user))
    .where('user_id', '=', user)
    .executeTakeFirst();
  return row?.play_count ?? 0;
}

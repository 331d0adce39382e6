import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAbsent } from '../../../../test/support/debian.ts';
import { type ShownAlbums, showAlbums } from '../../../../test/support/shown-albums.ts';
import { MARIADBD, type Mariadb, startMariadb } from '../../../../test/support/start-mariadb.ts';
import { Database } from '../index.ts';
import type { MysqlAddress } from './address.ts';

describe.skipIf(isAbsent(MARIADBD))('what is shown of a database with a replica', () => {
  const stack = new AsyncDisposableStack();
  let replicaServer: Mariadb;
  let primary: MysqlAddress;
  let replica: MysqlAddress;
  let albums: ShownAlbums;

  beforeAll(async () => {
    const [first, second] = await Promise.all([
      startMariadb({ isReplicated: true }),
      startMariadb({ isReplicated: true }),
    ]);
    for (const server of [first, second]) stack.use(server);
    replicaServer = second;
    const { host, port, user, password } = first.login;
    replica = { ...second.login, database: '' };
    await run(
      replica,
      `change master to master_host = '${host}', master_port = ${port}, master_user = '${user}',
        master_password = '${password}', master_use_gtid = slave_pos`,
    );
    await run(replica, 'start slave');
    primary = await first.newDatabase();
    // Whom Clef signs in as is known to both.
    await run(primary, `create user shown@'127.0.0.%' identified by 'x'`);
    await run(primary, `grant all on ${primary.database}.* to shown@'127.0.0.%'`);
    const address = { ...primary, user: 'shown', password: 'x', replica };
    albums = await showAlbums(stack.use(await Database.connect(address)));
    await albums.write(2);
  }, 120_000);
  afterAll(() => stack.disposeAsync());

  it('is read from the replica, but for what that does not have yet', async () => {
    await albums.untilListedBy(replica, primary);
    await run(replica, 'stop slave sql_thread');
    await albums.write(1);
    expect(await albums.listed()).toBe(albums.written);
    await albums.untilListedBy(primary, replica);
    await run(replica, 'start slave sql_thread');
    await albums.untilListedBy(replica, primary);
    expect(await albums.listed()).toBe(albums.written);
  }, 30_000);

  it('is not read from a replica that has stopped, whatever was written there itself', async () => {
    await run(replica, 'stop slave');
    await albums.write(1);
    // More than was written at the primary meanwhile.
    for (let count = 0; count < 30; count++) await run(replica, `create or replace database own_${count}`);
    expect(await albums.listed()).toBe(albums.written);
    await albums.untilListedBy(primary, replica);
    expect(await albums.listed()).toBe(albums.written);
  }, 30_000);

  it('is read on where the replica is killed', async () => {
    await replicaServer.kill();
    await albums.write(1);
    expect(await albums.listed()).toBe(albums.written);
  });
});

async function run(address: MysqlAddress, statement: string): Promise<void> {
  const { host, port, user, password, database } = address;
  const connection = await createConnection({ host, port, user, password, database });
  await connection.query(statement);
  await connection.end();
}

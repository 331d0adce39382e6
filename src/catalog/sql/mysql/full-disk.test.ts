import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addUser } from '../../../../test/support/catalog-user.ts';
import { temporaryFolder } from '../../../../test/support/clef-process.ts';
import { isAbsent } from '../../../../test/support/debian.ts';
import { mountSmallDisk } from '../../../../test/support/small-disk.ts';
import { MARIADBD, startMariadb } from '../../../../test/support/start-mariadb.ts';
import { createSqlCatalog, Database } from '../index.ts';

/** MariaDB's own files, and some. */
const DISK_BYTES = 400 * 2 ** 20;
/** To fill what room tables have left. */
const MOST_USERS = 5_000;

describe.skipIf(isAbsent(MARIADBD))('a database whose disk is full', () => {
  it('refuses what it cannot write and says why, is read, and goes on once there is room', async (context) => {
    await using stack = new AsyncDisposableStack();
    const { path } = stack.use(await temporaryFolder('full-disk'));
    const disk = await mountSmallDisk(path, DISK_BYTES);
    if ('skipped' in disk) {
      context.skip(disk.skipped);
      return;
    }
    stack.defer(() => disk.unmount());
    const server = stack.use(await startMariadb({ folder: path }));
    const database = stack.use(await Database.connect(await server.newDatabase()));
    const catalog = createSqlCatalog(database);
    const filler = join(path, 'filler');
    const { bavail, bsize } = await statfs(path);
    await expect(writeFile(filler, Buffer.alloc((bavail + 1) * bsize))).rejects.toThrow('ENOSPC');

    const written: string[] = [];
    const fill = async () => {
      for (let number = 0; number < MOST_USERS; number++) {
        const name = `${number} ${'x'.repeat(200)}`;
        const user = await addUser(database, name);
        written.push(name);
        await catalog.createPlaylist(user, 'y'.repeat(200), []);
      }
    };
    await expect(fill()).rejects.toMatchObject({ code: 'data-full' });
    await expect(addUser(database, 'z'.repeat(200))).rejects.toMatchObject({ code: 'data-full' });
    const kept = await database.db.selectFrom('user').select('name').execute();
    expect(kept.map(({ name }) => name).toSorted()).toEqual(written.toSorted());

    await rm(filler);
    await addUser(database, 'last');
    expect(await database.db.selectFrom('user').select('name').where('name', '=', 'last').execute()).toEqual([
      { name: 'last' },
    ]);
  });
});

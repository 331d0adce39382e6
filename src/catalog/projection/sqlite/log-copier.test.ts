import { cp, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLiveFile } from './file.ts';
import { LogCopier } from './log-copier.ts';

const FORMAT = { applicationId: 7, version: 1, schema: 'CREATE TABLE page (text TEXT) STRICT;' };
/** In the log one page each, and some. */
const PAGE_BYTES = 4096;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clef-log-copier-'));
});

afterAll(() => rm(folder, { recursive: true }));

function write(database: DatabaseSync, pages: number): void {
  const insert = database.prepare('INSERT INTO page VALUES (?)');
  for (let i = 0; i < pages; i++) insert.run('x'.repeat(PAGE_BYTES));
}

/** Of a file that lost its log. */
async function pagesInFile(path: string): Promise<number> {
  const copy = `${path}.copy`;
  await cp(path, copy);
  using database = new DatabaseSync(copy);
  expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  return Number(database.prepare('SELECT count(*) AS pages FROM page').get()?.['pages']);
}

const logBytes = async (path: string) => (await stat(`${path}-wal`)).size;

describe('the log of a projection’s file', () => {
  it('is copied where it is told to be, and not while something is written', async () => {
    const path = join(folder, 'copied');
    // The tables of a new file lie in its log.
    openLiveFile(path, FORMAT).close();
    const database = openLiveFile(path, FORMAT);
    const log = new LogCopier(database, path);
    write(database, 2_000);
    expect(await pagesInFile(path)).toBe(0);
    expect(await logBytes(path)).toBeGreaterThan(2_000 * PAGE_BYTES);
    await log.copy();
    expect(await pagesInFile(path)).toBe(2_000);
    expect(await logBytes(path)).toBe(0);
    write(database, 10);
    await log.copy();
    expect(await logBytes(path)).toBeGreaterThan(10 * PAGE_BYTES);
    log.close({ isDurable: true });
    expect(await pagesInFile(path)).toBe(2_010);
  });

  it('tells of a log that is gone, and cuts nothing off', async () => {
    const path = join(folder, 'gone');
    const database = openLiveFile(path, FORMAT);
    const log = new LogCopier(database, path);
    write(database, 2_000);
    await rm(`${path}-wal`);
    await expect(log.copy()).rejects.toThrow('ENOENT');
    expect(database.prepare('SELECT count(*) AS pages FROM page').get()).toEqual({ pages: 2_000 });
    log.close({ isDurable: false });
    log.close({ isDurable: false });
  });

  it.each([
    ['log', 0],
    ['file', 1],
  ])('takes a %s that the disk did not take for damage', async (name, failing) => {
    const path = join(folder, `not-taken-${name}`);
    const database = openLiveFile(path, FORMAT);
    let asked = 0;
    const sync = async () => {
      if (asked++ === failing) throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' });
    };
    const log = new LogCopier(database, path, sync);
    write(database, 2_000);
    await expect(log.copy()).rejects.toMatchObject({ code: 'catalog-corrupt' });
    expect(asked).toBe(failing + 1);
    log.close({ isDurable: false });
  });

  it.runIf(process.platform === 'linux')('keeps the locks of whoever opens the file next', async () => {
    const path = join(folder, 'locks');
    const first = openLiveFile(path, FORMAT);
    new LogCopier(first, path).close({ isDurable: true });
    using next = openLiveFile(path, FORMAT);
    write(next, 1);
    const { ino } = await stat(path);
    await setTimeout(20);
    expect(await readFile('/proc/locks', 'utf8')).toMatch(new RegExp(`POSIX .* ${process.pid} .*:${ino} `));
  });
});

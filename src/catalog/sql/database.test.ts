import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { UserId } from '../../core/index.ts';
import { ID_BLOCK } from './id-blocks.ts';
import { Database } from './index.ts';
import { migrations } from './migrations/index.ts';

function userRow(id: number, name: string) {
  const row = { role: 'listener', password_hash: '', created_at_ms: 0, disabled_at_ms: null } as const;
  return { vb: id % 1_024, id, name, name_key: name, ...row };
}

describe('a catalogue file', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'clef-database-'));
    file = join(folder, 'catalog.db');
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  async function catalogId(database: Database): Promise<string | undefined> {
    const rows = await database.db.selectFrom('catalog_meta').selectAll().execute();
    return rows.find(({ name }) => name === 'catalog-id')?.value;
  }

  test('keeps what was written, and its name, when it is opened again', async () => {
    let name: string | undefined;
    {
      await using database = await Database.open({ file });
      name = await catalogId(database);
      await database.transact((tx) => tx.put('user', userRow(1_025, 'ann')));
    }
    await using database = await Database.open({ file });
    expect(await catalogId(database)).toBe(name);
    expect(await database.db.selectFrom('user').select('name').execute()).toEqual([{ name: 'ann' }]);
  });

  test('belongs to one process at a time', async () => {
    await using _database = await Database.open({ file });
    await expect(Database.open({ file, busyTimeoutMs: 20 })).rejects.toMatchObject({ code: 'data-in-use' });
  });

  test('written by a newer Clef is refused and left alone', async () => {
    await (await Database.open({ file }))[Symbol.asyncDispose]();
    const known = migrations.at(-1)?.version ?? 0;
    const other = new DatabaseSync(file);
    other.exec(`insert into schema_migration values (${known + 1}, 'from the future')`);
    other.close();
    await expect(Database.open({ file })).rejects.toMatchObject({ code: 'data-newer' });
  });

  test('that is something else is refused', async () => {
    await writeFile(file, 'this is not a database, and long enough to be looked at as one'.repeat(100));
    await expect(Database.open({ file })).rejects.toMatchObject({ code: 'catalog-corrupt' });
  });

  test('on a full disk a transaction fails whole, and the next one works', async () => {
    await using database = await Database.open({ file });
    await database.transact((tx) => tx.put('user', userRow(1, 'ann')));
    // SQLite's own limit stands in for the disk's.
    await sql`pragma max_page_count = 1`.execute(database.db);
    const attempt = database.transact(async (tx) => {
      for (let id = 2; id < 5_000; id++) await tx.put('user', userRow(id, `user ${id}`));
    });
    await expect(attempt).rejects.toMatchObject({ code: 'data-full' });
    await sql`pragma max_page_count = 1000000`.execute(database.db);
    await database.transact((tx) => tx.put('user', userRow(2, 'bob')));
    const names = await database.db.selectFrom('user').select('name').orderBy('id').execute();
    expect(names.map(({ name }) => name)).toEqual(['ann', 'bob']);
  });
});

describe('a transaction', () => {
  test('that fails leaves no row, no outbox row and no listener called', async () => {
    await using database = await Database.open({ file: ':memory:' });
    let heard = 0;
    database.onCommit(() => {
      heard++;
    });
    const attempt = database.transact(async (tx) => {
      await tx.put('user', userRow(1, 'ann'));
      throw new Error('no');
    });
    await expect(attempt).rejects.toThrow('no');
    expect(await database.db.selectFrom('user').selectAll().execute()).toEqual([]);
    expect(await database.db.selectFrom('outbox_entry').selectAll().execute()).toEqual([]);
    expect(heard).toBe(0);
  });

  test('counts the versions of a row, and notes its last state once', async () => {
    await using database = await Database.open({ file: ':memory:' });
    await database.transact(async (tx) => {
      await tx.put('user', userRow(1, 'ann'));
      await tx.put('user', userRow(1, 'anna'));
    });
    const rows = await database.db.selectFrom('outbox_entry').selectAll().execute();
    expect(rows).toMatchObject([{ table_name: 'user', row_key: '[1,1]', row_version: 2 }]);
    expect(JSON.parse(rows[0]?.row ?? '')).toMatchObject({ name: 'anna' });
  });

  test('that removes a row leaves a tombstone above its last version', async () => {
    await using database = await Database.open({ file: ':memory:' });
    await database.transact((tx) => tx.put('user', userRow(1, 'ann')));
    const removed = await database.transact((tx) => tx.remove('user', { vb: 1, id: 1 }));
    expect(removed).toBe(true);
    expect(await database.db.selectFrom('tombstone').selectAll().execute()).toEqual([
      { vb: 1, table_name: 'user', row_key: '[1,1]', row_version: 2 },
    ]);
    expect(await database.transact((tx) => tx.remove('user', { vb: 1, id: 1 }))).toBe(false);
  });

  test('never gives an id that a committed one gave, whichever failed in between', async () => {
    await using database = await Database.open({ file: ':memory:' });
    const given = new Set<number>();
    for (let round = 0; round < ID_BLOCK * 4; round++) {
      const attempt = database.transact(async (tx) => {
        const ids = [await tx.nextId<UserId>(7), await tx.nextId<UserId>(7)];
        if (round % 3 === 0) throw new Error('rolled back');
        return ids;
      });
      for (const id of await attempt.catch(() => [])) {
        expect(given.has(id)).toBe(false);
        given.add(id);
      }
    }
    expect([...given].every((id) => id % 1_024 === 7)).toBe(true);
  });
});

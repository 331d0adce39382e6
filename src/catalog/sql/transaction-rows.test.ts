import { StatementSync } from 'node:sqlite';
import { describe, expect, it, vi } from 'vitest';
import { isAbsent } from '../../../test/support/debian.ts';
import { openMariadb } from '../../../test/support/shared-mariadb.ts';
import { MARIADBD } from '../../../test/support/start-mariadb.ts';
import { Database } from './index.ts';
import { rowStatements } from './row-statements.ts';

const engines = {
  SQLite: async (stack: AsyncDisposableStack) => stack.use(await Database.open({ file: ':memory:' })),
  MariaDB: openMariadb,
};

function identity(digest: string, item_id = 1) {
  return { vb: 5, digest, library_id: 'library', kind: 'album', item_id } as const;
}

const use = (track_id: number) => ({ vb: 5, asset_id: 'asset', track_id });

describe.each(Object.entries(engines))('in %s, a transaction', (name, open) => {
  const test = it.skipIf(name === 'MariaDB' && isAbsent(MARIADBD));

  test('sees what it wrote by key, by owner and by query', async () => {
    await using stack = new AsyncDisposableStack();
    const database = await open(stack);
    await database.transact(async (tx) => tx.rows.write('asset_use', use(1)));
    const seen = await database.transact(async (tx) => {
      tx.rows.write('asset_use', use(2));
      tx.rows.delete('asset_use', use(1));
      const byKey = [await tx.rows.get('asset_use', use(1)), await tx.rows.get('asset_use', use(2))];
      const byOwner = await tx.rows.all('asset_use', { vb: 5, asset_id: 'asset' });
      tx.rows.write('asset_use', use(3));
      const byQuery = await tx.query((db) =>
        db.selectFrom('asset_use').select('track_id').orderBy('track_id'),
      );
      return { byKey, byOwner, byQuery };
    });
    expect(seen).toEqual({
      byKey: [undefined, use(2)],
      byOwner: [use(2)],
      byQuery: [{ track_id: 2 }, { track_id: 3 }],
    });
    expect(await database.db.selectFrom('asset_use').selectAll().orderBy('track_id').execute()).toEqual([
      use(2),
      use(3),
    ]);
  });

  test('knows nothing any more of what a query changed', async () => {
    await using stack = new AsyncDisposableStack();
    const database = await open(stack);
    const seen = await database.transact(async (tx) => {
      tx.rows.write('asset_use', use(1));
      await tx.query((db) => db.deleteFrom('asset_use').where('vb', '=', 5));
      return tx.rows.get('asset_use', use(1));
    });
    expect(seen).toBeUndefined();
  });

  test('counts a version for every put, and says the last one in the outbox', async () => {
    await using stack = new AsyncDisposableStack();
    const database = await open(stack);
    const { get } = rowStatements('identity');
    await database.transact((tx) => tx.put('identity', identity('a')));
    await database.transact(async (tx) => {
      await tx.rows.load('identity', [identity('a'), identity('b')]);
      await tx.put('identity', identity('a', 2));
      await tx.put('identity', identity('b', 3));
      await tx.query((db) => db.selectFrom('identity').select('vb'));
      await tx.put('identity', identity('a', 4));
      await tx.put('identity', identity('b', 5));
      expect(await tx.first(get, { vb: 5, digest: 'a' })).toMatchObject({ item_id: 4, row_version: 3 });
    });
    expect(await database.first(get, { vb: 5, digest: 'a' })).toEqual({
      ...identity('a', 4),
      row_version: 3,
    });
    expect(await database.first(get, { vb: 5, digest: 'b' })).toEqual({
      ...identity('b', 5),
      row_version: 2,
    });
    const outbox = await database.db.selectFrom('outbox_entry').select(['row_key', 'row_version']).execute();
    expect(outbox).toEqual([
      { row_key: '[5,"a"]', row_version: 1 },
      { row_key: '[5,"a"]', row_version: 3 },
      { row_key: '[5,"b"]', row_version: 2 },
    ]);
  });

  test('writes more rows than a statement takes', async () => {
    await using stack = new AsyncDisposableStack();
    const database = await open(stack);
    const keys = Array.from({ length: 1_237 }, (_, index) => use(index));
    await database.transact(async (tx) => {
      await tx.rows.load('asset_use', keys);
      for (const key of keys) tx.rows.write('asset_use', key);
    });
    expect(await database.db.selectFrom('asset_use').selectAll().orderBy('track_id').execute()).toEqual(keys);
  });

  test('reads many keys of one owner together, and knows which have no row', async () => {
    await using stack = new AsyncDisposableStack();
    const database = await open(stack);
    const keys = Array.from({ length: 40 }, (_, index) => use(index));
    const other = { vb: 5, asset_id: 'another', track_id: 1 };
    const present = [...keys.filter(({ track_id }) => track_id % 2 === 0), other];
    await database.transact(async (tx) => {
      for (const key of present) tx.rows.write('asset_use', key);
    });
    const found = await database.transact(async (tx) => {
      await tx.rows.load('asset_use', [...keys, other, { ...other, track_id: 2 }]);
      const rows = [];
      for (const key of [...keys, other, { ...other, track_id: 2 }]) {
        const row = await tx.rows.get('asset_use', key);
        if (row) rows.push(row);
      }
      return rows;
    });
    expect(found).toEqual(present);
  });

  test('leaves nothing where it fails', async () => {
    await using stack = new AsyncDisposableStack();
    const database = await open(stack);
    const failing = database.transact(async (tx) => {
      tx.rows.write('asset_use', use(1));
      await tx.rows.flush();
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await database.db.selectFrom('asset_use').selectAll().execute()).toEqual([]);
  });
});

it('many rows go with a few statements', async () => {
  await using database = await Database.open({ file: ':memory:' });
  await database.transact(async (tx) => {
    const rows = Array.from({ length: 200 }, (_, index) => identity(`${index}`, index));
    const sent = [vi.spyOn(StatementSync.prototype, 'run'), vi.spyOn(StatementSync.prototype, 'all')];
    await tx.rows.load('identity', rows);
    for (const row of rows) await tx.put('identity', row);
    await tx.rows.flush();
    const count = sent.reduce((total, spy) => total + spy.mock.calls.length, 0);
    for (const spy of sent) spy.mockRestore();
    // 256 keys in one, then 3 x 64 and 2 x 4 rows.
    expect(count).toBe(6);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import type { ChangedRow } from '../../catalog/sql/transaction.ts';
import { ClefError } from '../../core/index.ts';
import { SignInRows } from './sign-in-rows.ts';

const MINUTE_MS = 60_000;

describe('rows that a sign-in needs', () => {
  let nowMs: number;
  let isAway: boolean;
  let stored: Map<number, { readonly text: string }>;
  let asked: number[];
  let commit: (changed: readonly ChangedRow[] | undefined) => void;
  let rows: SignInRows<number, { readonly text: string }>;
  /** Holds the answers of the database back. */
  let held: Promise<void> | undefined;

  beforeEach(() => {
    [nowMs, isAway, asked, held] = [0, false, [], undefined];
    stored = new Map([
      [1, { text: 'ada' }],
      [2, { text: 'zoe' }],
    ]);
    rows = new SignInRows({
      database: { follow: (follower) => (commit = follower) },
      monotonicMs: () => nowMs,
      bucketOf: (key) => key % 2,
      async read(key) {
        asked.push(key);
        const row = stored.get(key);
        await held;
        if (isAway) throw new ClefError('catalog-offline', 'away');
        return row;
      },
    });
  });

  const changeOf = (key: number): ChangedRow[] => [
    { table: 'credential', key: [key % 2, 77], rowVersion: 2 },
  ];
  const settled = () => new Promise(setImmediate);

  async function know(...keys: number[]): Promise<void> {
    for (const key of keys) await rows.get(key);
    asked.length = 0;
  }

  it('are asked for once, however many want them at once', async () => {
    const found = await Promise.all([rows.get(1), rows.get(1), rows.get(2)]);
    expect(found.map((row) => row?.text)).toEqual(['ada', 'ada', 'zoe']);
    await rows.get(1);
    expect(asked).toEqual([1, 2]);
  });

  it('that are not there are asked for each time', async () => {
    expect([await rows.get(3), await rows.get(3)]).toEqual([undefined, undefined]);
    expect(asked).toEqual([3, 3]);
  });

  it('are known for 15 minutes while the database is away, and no longer', async () => {
    await know(1);
    isAway = true;
    nowMs = 15 * MINUTE_MS - 1;
    expect(await rows.get(1)).toEqual({ text: 'ada' });
    await expect(rows.get(2)).rejects.toMatchObject({ code: 'catalog-offline' });
    nowMs++;
    await expect(rows.get(1)).rejects.toMatchObject({ code: 'catalog-offline' });
    isAway = false;
    expect(await rows.get(1)).toEqual({ text: 'ada' });
  });

  it('in use are confirmed every minute, beside whoever uses them', async () => {
    await know(1);
    stored.set(1, { text: 'changed elsewhere' });
    nowMs = MINUTE_MS;
    expect(await rows.get(1)).toEqual({ text: 'ada' });
    await settled();
    expect(await rows.get(1)).toEqual({ text: 'changed elsewhere' });
    expect(asked).toEqual([1]);
    stored.delete(1);
    nowMs += MINUTE_MS;
    await rows.get(1);
    await settled();
    expect(await rows.get(1)).toBeUndefined();
  });

  it('that cannot be confirmed are tried again a minute later, and trusted no longer for it', async () => {
    await know(1);
    isAway = true;
    for (let minute = 1; minute < 15; minute++) {
      nowMs = minute * MINUTE_MS;
      expect(await rows.get(1)).toEqual({ text: 'ada' });
      expect(await rows.get(1)).toEqual({ text: 'ada' });
      await settled();
    }
    expect(asked).toHaveLength(14);
    nowMs = 15 * MINUTE_MS;
    await expect(rows.get(1)).rejects.toMatchObject({ code: 'catalog-offline' });
  });

  it('that a commit changed are forgotten at once, and known anew should the database go away next', async () => {
    await know(1, 2);
    stored.set(1, { text: 'changed' });
    commit(changeOf(1));
    expect(asked).toEqual([1]);
    await settled();
    isAway = true;
    expect(await rows.get(1)).toEqual({ text: 'changed' });
    expect(await rows.get(2)).toEqual({ text: 'zoe' });
    commit([{ table: 'track', key: [1, 5], rowVersion: 1 }]);
    expect(await rows.get(1)).toEqual({ text: 'changed' });
  });

  it('that a commit changed are not known any more where the database went away with it', async () => {
    await know(1);
    isAway = true;
    commit(changeOf(1));
    await expect(rows.get(1)).rejects.toMatchObject({ code: 'catalog-offline' });
    await settled();
    await expect(rows.get(1)).rejects.toMatchObject({ code: 'catalog-offline' });
  });

  it('that were being read when a commit changed them are read again', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    held = promise;
    const before = rows.get(1);
    stored.set(1, { text: 'changed' });
    commit(changeOf(1));
    held = undefined;
    expect(await rows.get(1)).toEqual({ text: 'changed' });
    resolve();
    expect(await before).toEqual({ text: 'ada' });
    expect(await rows.get(1)).toEqual({ text: 'changed' });
  });

  it('are all forgotten where any row may be another', async () => {
    await know(1, 2);
    commit(undefined);
    isAway = true;
    await expect(rows.get(1)).rejects.toMatchObject({ code: 'catalog-offline' });
    await expect(rows.get(2)).rejects.toMatchObject({ code: 'catalog-offline' });
  });
});

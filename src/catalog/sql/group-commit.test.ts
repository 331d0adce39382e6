import { describe, expect, it } from 'vitest';
import { ClefError } from '../../core/index.ts';
import { GroupCommit } from './group-commit.ts';

describe('a group commit', () => {
  it('takes an item at any moment, also just as a batch ends', async () => {
    let next = 0;
    const queue = new GroupCommit(async (items: readonly string[]) => items.map(() => ++next), 32);
    for (let i = 1; i <= 200; i++) expect(await queue.add(`one after the other ${i}`)).toBe(i);
  });

  it('shares a transaction between items that come together', async () => {
    const batches: number[] = [];
    const queue = new GroupCommit(async (items: readonly string[]) => {
      batches.push(items.length);
      return items.map((_, i) => i);
    }, 32);
    await Promise.all(Array.from({ length: 40 }, (_, i) => queue.add(`together ${i}`)));
    expect(batches).toEqual([32, 8]);
  });

  it('fails only the item at fault', async () => {
    const queue = new GroupCommit(async (items: readonly string[]) => {
      if (items.includes('bad')) throw new Error('at fault');
      return items.map(() => 7);
    }, 32);
    const results = await Promise.allSettled(['a', 'bad', 'b'].map((item) => queue.add(item)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it.each(['catalog-offline', 'catalog-in-doubt', 'data-full'] as const)(
    'asks once where no item is at fault: %s',
    async (code) => {
      let asked = 0;
      const queue = new GroupCommit<string, number>(async () => {
        asked++;
        throw new ClefError(code, 'not now');
      }, 32);
      const results = await Promise.allSettled(['a', 'b', 'c'].map((item) => queue.add(item)));
      for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: { code } });
      expect(asked).toBe(1);
    },
  );
});

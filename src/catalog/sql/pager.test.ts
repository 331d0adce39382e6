import { expect, test } from 'vitest';
import { ListPager, type WalkableList } from './pager.ts';

/** Numbers from 0 below `length`, and how many of them were read. */
function numbers(length: number, name = 'numbers') {
  const reads = { rows: 0 };
  const list: WalkableList = {
    name,
    async after(place, limit) {
      const start = place ? place.id + 1 : 0;
      const count = Math.max(0, Math.min(limit, length - start));
      reads.rows += count;
      return Array.from({ length: count }, (_, index) => ({ sort: start + index, id: start + index }));
    },
  };
  return { list, reads };
}

async function ids(pager: ListPager, list: WalkableList, offset: number, count: number) {
  return (await pager.page(list, { offset, count })).map(({ id }) => id);
}

test('reading on costs the page alone', async () => {
  const pager = new ListPager(() => 0);
  const { list, reads } = numbers(100_000);
  for (let offset = 0; offset < 5_000; offset += 500) await pager.page(list, { offset, count: 500 });
  expect(reads.rows).toBe(5_000);
});

test('any offset is right, near the ends and beyond', async () => {
  const pager = new ListPager(() => 0);
  const { list } = numbers(3_210);
  expect(await ids(pager, list, 3_000, 2)).toEqual([3_000, 3_001]);
  expect(await ids(pager, list, 2_999, 3)).toEqual([2_999, 3_000, 3_001]);
  expect(await ids(pager, list, 3_209, 5)).toEqual([3_209]);
  expect(await ids(pager, list, 3_210, 5)).toEqual([]);
  expect(await ids(pager, list, 9_999, 5)).toEqual([]);
  expect(await ids(pager, list, -5, 1)).toEqual([0]);
});

test('the way to a far offset is walked once', async () => {
  const pager = new ListPager(() => 0);
  const { list, reads } = numbers(50_000);
  await pager.page(list, { offset: 40_000, count: 1 });
  const walked = reads.rows;
  await pager.page(list, { offset: 40_500, count: 1 });
  expect(reads.rows - walked).toBeLessThan(1_000);
});

test('places are forgotten after a while, and are of their own list', async () => {
  let nowMs = 0;
  const pager = new ListPager(() => nowMs);
  const { list, reads } = numbers(2_000);
  await pager.page(list, { offset: 0, count: 900 });
  nowMs += 3_600_000;
  await pager.page(list, { offset: 900, count: 1 });
  expect(reads.rows).toBe(900 + 900 + 1);
  const other = numbers(2_000, 'others');
  await pager.page(other.list, { offset: 900, count: 1 });
  expect(other.reads.rows).toBe(901);
});

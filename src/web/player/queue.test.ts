import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Track } from '../../api/index.ts';
import {
  append,
  currentItem,
  insertNext,
  move,
  type Queue,
  type QueueItem,
  remove,
  shuffle,
  unshuffle,
} from './queue.ts';

function item(itemId: string): QueueItem {
  return { itemId, track: { id: `tr-${itemId}` } as Track };
}

function queueOf(ids: string, currentIndex: number): Queue {
  return { items: Array.from(ids, item), currentIndex };
}

function idsOf({ items }: Queue): string {
  return items.map(({ itemId }) => itemId).join('');
}

test('what is to play next stands behind the current item, what is added at the end', () => {
  const queue = queueOf('abc', 1);
  expect(idsOf(insertNext(queue, [item('x'), item('y')]))).toBe('abxyc');
  expect(idsOf(append(queue, [item('x')]))).toBe('abcx');
  expect(idsOf(insertNext(queueOf('', -1), [item('x')]))).toBe('x');
});

test('the current item stays current whatever is put before it or taken away', () => {
  const queue = queueOf('abcd', 2);
  expect(currentItem(remove(queue, new Set('a')))?.itemId).toBe('c');
  expect(currentItem(move(queue, new Set('d'), 'a'))?.itemId).toBe('c');
});

test('where the current item itself is removed, the next one takes its place', () => {
  expect(currentItem(remove(queueOf('abc', 1), new Set('b')))?.itemId).toBe('c');
  expect(currentItem(remove(queueOf('abc', 2), new Set('c')))?.itemId).toBe('b');
  expect(currentItem(remove(queueOf('a', 0), new Set('a')))).toBeUndefined();
});

test('items move together, in their order, to before another or to the end', () => {
  const queue = queueOf('abcde', 0);
  expect(idsOf(move(queue, new Set('bd'), 'a'))).toBe('bdace');
  expect(idsOf(move(queue, new Set('ab'), undefined))).toBe('cdeab');
  expect(idsOf(move(queue, new Set('bc'), 'b'))).toBe('abcde');
});

test('shuffling keeps every item, plays the current one first, and can be taken back', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 40 }),
      fc.nat(39),
      fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
      (ids, at, chances) => {
        const items = ids.map(item);
        const queue: Queue = { items, currentIndex: items.length > 0 ? at % items.length : -1 };
        const shuffled = shuffle(queue, () => chances.next().value as number);
        expect(shuffled.items.toSorted(byId)).toEqual(items.toSorted(byId));
        expect(currentItem(shuffled)).toBe(currentItem(queue));
        expect(unshuffle(shuffled)).toEqual(queue);
      },
    ),
  );
});

test('what was added while shuffled is still there afterwards, and what was removed is not', () => {
  const shuffled = shuffle(queueOf('abcd', 0), () => 0);
  const changed = remove(append(shuffled, [item('x')]), new Set('c'));
  expect(idsOf(unshuffle(changed))).toBe('abdx');
});

function byId(one: QueueItem, other: QueueItem): number {
  return one.itemId < other.itemId ? -1 : 1;
}

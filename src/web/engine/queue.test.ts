import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EngineItem } from './port.ts';
import { editItems, followingIndex, nextIndex, previousIndex, type Queue } from './queue.ts';

const item = (itemId: string): EngineItem => ({ itemId, trackId: `tr-${itemId}`, durationMs: 1_000 });
const queue = (ids: string, currentIndex: number, repeat: Queue['repeat'] = 'off'): Queue => ({
  items: ids.split('').map(item),
  currentIndex,
  repeat,
});
const idsOf = ({ items }: Queue) => items.map(({ itemId }) => itemId).join('');

describe('a queue', () => {
  it('ends after its last item, begins again, or stays, as its repeat mode says', () => {
    expect(followingIndex(queue('abc', 1))).toBe(2);
    expect(followingIndex(queue('abc', 2))).toBeUndefined();
    expect(followingIndex(queue('abc', 2, 'all'))).toBe(0);
    expect(followingIndex(queue('abc', 1, 'one'))).toBe(1);
    expect(followingIndex(queue('', -1, 'all'))).toBeUndefined();
  });

  it('goes on when asked to, also where one item is repeated', () => {
    expect(nextIndex(queue('abc', 1, 'one'))).toBe(2);
    expect(nextIndex(queue('abc', 2, 'one'))).toBe(0);
    expect(nextIndex(queue('abc', 2))).toBeUndefined();
    expect(nextIndex(queue('', -1, 'all'))).toBeUndefined();
  });

  it('goes back to the start of an item, and from there to the one before', () => {
    expect(previousIndex(queue('abc', 1), 3_500)).toBe(1);
    expect(previousIndex(queue('abc', 1), 2_000)).toBe(0);
    expect(previousIndex(queue('abc', 0), 2_000)).toBe(0);
    expect(previousIndex(queue('abc', 0, 'all'), 2_000)).toBe(2);
  });

  it('keeps what sounds in an edit that leaves it out, behind what came before it', () => {
    const edited = editItems(queue('abcd', 2), ['a', 'd', 'x'].map(item));
    expect(idsOf(edited)).toBe('acdx');
    expect(edited.currentIndex).toBe(1);
  });

  it('has the same current item after any edit', () => {
    const ids = fc.uniqueArray(fc.integer({ min: 0, max: 20 }), { maxLength: 20 });
    fc.assert(
      fc.property(ids, fc.nat(), ids, (before, at, after) => {
        fc.pre(before.length > 0);
        const currentIndex = at % before.length;
        const items = before.map((id) => item(`${id}`));
        const edited = editItems(
          { items, currentIndex, repeat: 'off' },
          after.map((id) => item(`${id}`)),
        );
        expect(edited.items[edited.currentIndex]?.itemId).toBe(`${before[currentIndex]}`);
        const others = edited.items.filter(({ itemId }) => itemId !== `${before[currentIndex]}`);
        expect(others.map(({ itemId }) => Number(itemId))).toEqual(
          after.filter((id) => id !== before[currentIndex]),
        );
      }),
    );
  });
});

import { expect, test } from 'vitest';
import {
  clearSelected,
  MAX_SELECTED,
  noSelection,
  rowsFor,
  select,
  selectAll,
  selectOn,
} from './selection.ts';

function rowsOf({ selected }: { selected: ReadonlySet<number> }): number[] {
  return [...selected].sort((one, other) => one - other);
}

test('a click selects one row and forgets the others', () => {
  const first = select(noSelection, 3, 'only');
  expect(rowsOf(select(first, 5, 'only'))).toEqual([5]);
});

test('with Ctrl a click adds a row, and takes it away again', () => {
  const two = select(select(noSelection, 3, 'only'), 5, 'toggle');
  expect(rowsOf(two)).toEqual([3, 5]);
  expect(rowsOf(select(two, 3, 'toggle'))).toEqual([5]);
});

test('with Shift the stretch from the anchor is selected, in either direction, and can be changed', () => {
  const anchored = select(noSelection, 5, 'only');
  const down = select(anchored, 8, 'extend');
  expect(rowsOf(down)).toEqual([5, 6, 7, 8]);
  expect(rowsOf(select(down, 3, 'extend'))).toEqual([3, 4, 5]);
});

test('a keyboard goes on with the stretch that it stands in, and begins another anywhere else', () => {
  const down = selectOn(selectOn(noSelection, 2, 3), 3, 4);
  expect(rowsOf(down)).toEqual([2, 3, 4]);
  expect(rowsOf(selectOn(down, 7, 6))).toEqual([6, 7]);
});

test('everything is selected up to what a queue can take', () => {
  expect(selectAll(noSelection, 10).selected.size).toBe(10);
  expect(selectAll(noSelection, 200_000).selected.size).toBe(MAX_SELECTED);
  expect(clearSelected(selectAll(noSelection, 10)).selected.size).toBe(0);
});

test('a menu on a selected row is about all selected ones in list order, on another about that one', () => {
  const two = select(select(noSelection, 7, 'only'), 2, 'toggle');
  expect(rowsFor(two, 7)).toEqual([2, 7]);
  expect(rowsFor(two, 4)).toEqual([4]);
});

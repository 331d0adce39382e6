import type { KeyboardEvent } from 'react';
import type { Anchor } from '../shell/overlays.ts';
import { clearSelected, type Selection, select, selectAll, selectOn } from './selection.ts';

/** Rows that Page Up and Page Down pass. */
const PAGE_ROWS = 10;

interface GridKeyParts {
  readonly count: number;
  readonly selection: Selection;
  readonly setSelection: (selection: Selection) => void;
  readonly focusRow: (index: number) => void;
  readonly onPlay: (index: number) => void;
  readonly openMenu: (index: number, at: Anchor) => void;
}

/** Keys of a list while one of its rows has the focus. What they do here, they do nowhere else. */
export function onGridKey(event: KeyboardEvent<HTMLElement>, parts: GridKeyParts): void {
  if (!(event.target instanceof HTMLElement) || event.target.getAttribute('role') !== 'row') return;
  const { count, selection, setSelection, focusRow, onPlay, openMenu } = parts;
  const row = Number(event.target.dataset.index);
  const target = targetRow(event.key, row, count);
  const withCommand = event.ctrlKey || event.metaKey;
  if (target !== undefined) {
    setSelection(event.shiftKey ? selectOn(selection, row, target) : { ...selection, focused: target });
    focusRow(target);
  } else if (event.key === 'Enter') {
    onPlay(row);
  } else if (event.key === ' ' && (withCommand || event.shiftKey)) {
    setSelection(select(selection, row, event.shiftKey ? 'extend' : 'toggle'));
  } else if (event.key === 'a' && withCommand) {
    setSelection(selectAll(selection, count));
  } else if (event.key === 'Escape' && selection.selected.size > 0) {
    setSelection(clearSelected(selection));
  } else if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) {
    openMenu(row, event.target);
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
  event.nativeEvent.stopImmediatePropagation();
}

function targetRow(key: string, row: number, count: number): number | undefined {
  const last = count - 1;
  switch (key) {
    case 'ArrowDown':
      return Math.min(last, row + 1);
    case 'ArrowUp':
      return Math.max(0, row - 1);
    case 'PageDown':
      return Math.min(last, row + PAGE_ROWS);
    case 'PageUp':
      return Math.max(0, row - PAGE_ROWS);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return undefined;
  }
}

/** Left and right go through a row's buttons and links; true where they did. */
export function moveWithinRow(event: KeyboardEvent<HTMLElement>): boolean {
  if (event.shiftKey || (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight')) return false;
  const target = event.target as HTMLElement;
  const row = target.closest<HTMLElement>('[role=row]');
  if (!row) return false;
  const stops = [row, ...row.querySelectorAll<HTMLElement>('button, a')].filter(
    (stop) => stop === row || stop.checkVisibility(),
  );
  const next = stops[stops.indexOf(target) + (event.key === 'ArrowRight' ? 1 : -1)];
  next?.focus();
  event.preventDefault();
  event.nativeEvent.stopImmediatePropagation();
  return true;
}

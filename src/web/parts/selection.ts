import { unreachable } from '../../core/index.ts';

/** Which rows of a list are selected, and from where a stretch is counted. Rows are told by their index. */
export interface Selection {
  readonly selected: ReadonlySet<number>;
  /** Where a stretch begins; -1 before the first choice. */
  readonly anchor: number;
  /** Where the keyboard is. */
  readonly focused: number;
}

export const noSelection: Selection = { selected: new Set(), anchor: -1, focused: 0 };

/** More rows than these are not selected at once: it is what a queue or a playlist can take. */
export const MAX_SELECTED = 20_000;

/** `only` exchanges the selection, `toggle` adds or takes away one, `extend` reaches from the anchor to the row. */
export type SelectMode = 'only' | 'toggle' | 'extend';

export function select(selection: Selection, row: number, mode: SelectMode): Selection {
  switch (mode) {
    case 'only':
      return { selected: new Set([row]), anchor: row, focused: row };
    case 'toggle': {
      const selected = new Set(selection.selected);
      if (!selected.delete(row)) selected.add(row);
      return { selected, anchor: row, focused: row };
    }
    case 'extend': {
      const anchor = selection.anchor < 0 ? row : selection.anchor;
      const [first, last] = anchor < row ? [anchor, row] : [row, anchor];
      const length = Math.min(last - first + 1, MAX_SELECTED);
      return { selected: new Set(Array.from({ length }, (_, i) => first + i)), anchor, focused: row };
    }
    default:
      return unreachable(mode);
  }
}

/** From the row where the keyboard is to the next: on with the stretch that is selected there, or begin one. */
export function selectOn(selection: Selection, from: number, to: number): Selection {
  return select(selection.selected.has(from) ? selection : select(selection, from, 'only'), to, 'extend');
}

export function selectAll(selection: Selection, count: number): Selection {
  const length = Math.min(count, MAX_SELECTED);
  return { ...selection, selected: new Set(Array.from({ length }, (_, i) => i)), anchor: 0 };
}

export function clearSelected(selection: Selection): Selection {
  return { ...selection, selected: new Set(), anchor: -1 };
}

/** What a menu that is opened on a row is about: the whole selection if the row is in it, else the row alone. */
export function rowsFor({ selected }: Selection, row: number): number[] {
  return selected.has(row) ? [...selected].sort((one, other) => one - other) : [row];
}

/** As desktops have it: Shift reaches, Ctrl or Cmd adds. */
export function selectModeOf(event: { shiftKey: boolean; ctrlKey: boolean; metaKey: boolean }): SelectMode {
  if (event.shiftKey) return 'extend';
  return event.ctrlKey || event.metaKey ? 'toggle' : 'only';
}

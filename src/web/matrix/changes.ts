import type { Cells, CellState } from './cells.ts';

const FADE_MS = 450;
/** From the first changed row to the last: a repair runs down its column, as it does on the disk. */
const SPREAD_MS = 900;

/** Cells that are on their way from how they were to how they are. */
export interface Changes {
  /** How a cell was, and how far it has come after so long; undefined for one that is where it belongs. */
  at(row: number, column: number, afterMs: number): { from: CellState; progress: number } | undefined;
  readonly durationMs: number;
}

export const noChanges: Changes = { at: () => undefined, durationMs: 0 };

export function changesBetween(before: Cells, after: Cells): Changes {
  if (before.rowCount !== after.rowCount || before.columns.length !== after.columns.length) return noChanges;
  const from = new Map<number, CellState>();
  const width = after.columns.length;
  for (let row = 0; row < after.rowCount; row++) {
    for (let column = 0; column < width; column++) {
      const state = before.stateAt(row, column);
      if (state !== after.stateAt(row, column)) from.set(row * width + column, state);
    }
  }
  if (from.size === 0) return noChanges;
  return {
    durationMs: SPREAD_MS + FADE_MS,
    at(row, column, afterMs) {
      const state = from.get(row * width + column);
      if (state === undefined) return undefined;
      const progress = (afterMs - (row / after.rowCount) * SPREAD_MS) / FADE_MS;
      return progress >= 1 ? undefined : { from: state, progress: Math.max(0, progress) };
    },
  };
}

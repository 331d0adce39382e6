import type { CellHealth } from '../../api/index.ts';
import type { Cells } from './cells.ts';

const FADE_MS = 450;
/** From the first changed row to the last: a repair runs down its column, as it does on the disk. */
const SPREAD_MS = 900;

/** Cells that are on their way from how they were to how they are. */
export interface Changes {
  /** How a cell was, and how far it has come after so long; undefined for one that is where it belongs. */
  at(row: number, column: number, afterMs: number): { from: CellHealth; progress: number } | undefined;
  readonly durationMs: number;
}

export const noChanges: Changes = { at: () => undefined, durationMs: 0 };

export function changesBetween(before: Cells, after: Cells): Changes {
  if (before.rowCount !== after.rowCount || before.columns.length !== after.columns.length) return noChanges;
  const from = new Map<number, CellHealth>();
  const width = after.columns.length;
  for (let row = 0; row < after.rowCount; row++) {
    for (let column = 0; column < width; column++) {
      const health = before.healthAt(row, column);
      if (health !== after.healthAt(row, column)) from.set(row * width + column, health);
    }
  }
  if (from.size === 0) return noChanges;
  return {
    durationMs: SPREAD_MS + FADE_MS,
    at(row, column, afterMs) {
      const health = from.get(row * width + column);
      if (health === undefined) return undefined;
      const progress = (afterMs - (row / after.rowCount) * SPREAD_MS) / FADE_MS;
      return progress >= 1 ? undefined : { from: health, progress: Math.max(0, progress) };
    },
  };
}

import type { CellHealth, RouteAnswer, routes } from '../../api/index.ts';
import { createLayout } from '../../vault/reading.ts';

export type TrackMatrix = RouteAnswer<typeof routes.trackMatrix>;
export type MatrixColumn = TrackMatrix['columns'][number];

/** A track's cells as they are now, and what that means for whoever wants to hear it. */
export interface Cells {
  readonly rowCount: number;
  readonly columns: readonly MatrixColumn[];
  healthAt(row: number, column: number): CellHealth;
  /** How many more columns a row may lose; below zero it is lost. */
  spareAt(row: number): number;
  /** Of the row that is worst off. */
  readonly spare: number;
  /** Data cells that hold something: the pieces that the track was cut into. */
  readonly pieceCount: number;
  readonly parityCount: number;
  readonly lostRows: readonly number[];
}

export function cellsOf({ k, m, rowCount, lengthBytes, columns }: TrackMatrix): Cells {
  const layout = createLayout({ k, m }, lengthBytes);
  const badRows = columns.map((column) => new Set(column.badRows));

  function healthAt(row: number, index: number): CellHealth {
    const column = columns[index];
    if (!column || layout.pieceBytes(row, 0, column.column) === 0) return 'empty';
    const isNamed = badRows[index]?.has(row) ?? false;
    switch (column.health) {
      case 'ok':
        return isNamed ? 'damaged' : 'ok';
      case 'damaged':
        // Where a check found out which, the other rows are whole.
        return column.badRows.length === 0 || isNamed ? 'damaged' : 'ok';
      default:
        return column.health;
    }
  }

  function spareAt(row: number): number {
    const lost = columns.filter((_column, index) => !['ok', 'empty'].includes(healthAt(row, index))).length;
    return m - lost;
  }

  const spares = Array.from({ length: rowCount }, (_, row) => spareAt(row));
  const counts = { data: 0, parity: 0 };
  for (const [index, { role }] of columns.entries()) {
    for (let row = 0; row < rowCount; row++) if (healthAt(row, index) !== 'empty') counts[role]++;
  }
  return {
    rowCount,
    columns,
    healthAt,
    spareAt: (row) => spares[row] ?? m,
    spare: spares.reduce((worst, spare) => Math.min(worst, spare), m),
    pieceCount: counts.data,
    parityCount: counts.parity,
    lostRows: spares.flatMap((spare, row) => (spare < 0 ? [row] : [])),
  };
}

/** `D1`, `P2`: what a column is called over its cells. */
export function columnName(columns: readonly MatrixColumn[], index: number): string {
  const column = columns[index];
  if (!column) return '';
  const place = columns.slice(0, index + 1).filter(({ role }) => role === column.role).length;
  return `${column.role === 'data' ? 'D' : 'P'}${place}`;
}

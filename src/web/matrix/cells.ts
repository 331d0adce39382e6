import type { CellHealth, RouteAnswer, routes } from '../../api/index.ts';
import { createLayout } from '../../vault/reading.ts';

export type TrackMatrix = RouteAnswer<typeof routes.trackMatrix>;
export type MatrixColumn = TrackMatrix['columns'][number];

/** `unchecked`: its column stands and has the right length, but nobody has read this cell. */
export type CellState = CellHealth | 'unchecked';

/** A track's cells as they are now, and what that means for whoever wants to hear it. */
export interface Cells {
  readonly rowCount: number;
  readonly columns: readonly MatrixColumn[];
  stateAt(row: number, column: number): CellState;
  /** How many more columns a row may lose; below zero it is lost. */
  spareAt(row: number): number;
  /** Of the row that is worst off. */
  readonly spare: number;
  /** Data cells that hold something: the pieces that the track was cut into. */
  readonly pieceCount: number;
  readonly parityCount: number;
  readonly lostRows: readonly number[];
  /** Rows from the first on whose cells were read; all of them, mostly. */
  readonly checkedRows: number;
}

/** What is no loss, as far as is known. */
const STANDING: ReadonlySet<CellState> = new Set(['ok', 'unchecked', 'empty']);

export function cellsOf(matrix: TrackMatrix): Cells {
  const { k, m, rowCount, lengthBytes, paddedLengthBytes, checkedRows = rowCount, columns } = matrix;
  const layout = createLayout({ k, m }, paddedLengthBytes ?? lengthBytes);
  const badRows = columns.map((column) => new Set(column.badRows));

  function stateAt(row: number, index: number): CellState {
    const column = columns[index];
    if (!column || layout.pieceBytes(row, 0, column.column) === 0) return 'empty';
    const isNamed = badRows[index]?.has(row) ?? false;
    const unnamed = row < checkedRows ? 'ok' : 'unchecked';
    switch (column.health) {
      case 'ok':
        return isNamed ? 'damaged' : unnamed;
      case 'damaged':
        // Where a check found out which, the other rows that it read are whole.
        return column.badRows.length === 0 || isNamed ? 'damaged' : unnamed;
      default:
        return column.health;
    }
  }

  function spareAt(row: number): number {
    const lost = columns.filter((_column, index) => !STANDING.has(stateAt(row, index))).length;
    return m - lost;
  }

  const spares = Array.from({ length: rowCount }, (_, row) => spareAt(row));
  const counts = { data: 0, parity: 0 };
  for (const [index, { role }] of columns.entries()) {
    for (let row = 0; row < rowCount; row++) if (stateAt(row, index) !== 'empty') counts[role]++;
  }
  return {
    rowCount,
    columns,
    checkedRows,
    stateAt,
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

/** Where the cells of a picture lie, in CSS pixels. */
export interface Geometry {
  readonly width: number;
  readonly height: number;
  /** From row to row. */
  readonly rowPitch: number;
  readonly rowHeight: number;
  readonly columnWidth: number;
  columnX(column: number): number;
  /** Undefined beside the cells. */
  columnAt(x: number): number | undefined;
  rowAt(y: number): number;
}

/** A song stands on one screen where its rows are not thinner than can be told apart. */
const WANTED_HEIGHT = 560;
const MIN_PITCH = 7;
const MAX_PITCH = 26;

export function createGeometry(width: number, columnCount: number, rowCount: number): Geometry {
  const gap = width / columnCount > 40 ? 6 : 2;
  const columnWidth = Math.max(2, (width - gap * (columnCount - 1)) / columnCount);
  const rowPitch = Math.round(Math.min(MAX_PITCH, Math.max(MIN_PITCH, WANTED_HEIGHT / rowCount)));
  return {
    width,
    height: rowPitch * rowCount,
    rowPitch,
    rowHeight: rowPitch - (rowPitch > 12 ? 3 : 2),
    columnWidth,
    columnX: (column) => column * (columnWidth + gap),
    columnAt(x) {
      const column = Math.floor(x / (columnWidth + gap));
      return x >= 0 && column < columnCount ? column : undefined;
    },
    rowAt: (y) => Math.min(rowCount - 1, Math.max(0, Math.floor(y / rowPitch))),
  };
}

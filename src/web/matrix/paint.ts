import type { Cells, CellState } from './cells.ts';
import type { Changes } from './changes.ts';
import type { Geometry } from './geometry.ts';
import type { Ink } from './ink.ts';

export interface Picture {
  readonly cells: Cells;
  readonly geometry: Geometry;
  readonly ink: Ink;
  readonly changes: Changes;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Draws the rows that the window shows, and no others. */
export function paintRows(
  context: CanvasRenderingContext2D,
  { cells, geometry, ink, changes }: Picture,
  window: { readonly top: number; readonly height: number; readonly afterMs: number },
): void {
  context.clearRect(0, 0, geometry.width, window.height);
  const first = Math.max(0, Math.floor(window.top / geometry.rowPitch));
  const end = Math.min(cells.rowCount, Math.ceil((window.top + window.height) / geometry.rowPitch));
  for (let row = first; row < end; row++) {
    for (const [index, { role }] of cells.columns.entries()) {
      const box = {
        x: geometry.columnX(index),
        y: row * geometry.rowPitch - window.top,
        width: geometry.columnWidth,
        height: geometry.rowHeight,
      };
      const state = cells.stateAt(row, index);
      const change = changes.at(row, index, window.afterMs);
      if (change) {
        context.globalAlpha = 1 - change.progress;
        paintCell(context, ink, change.from, role, box);
      }
      context.globalAlpha = change?.progress ?? 1;
      paintCell(context, ink, state, role, box);
      context.globalAlpha = 1;
    }
  }
}

function paintCell(
  context: CanvasRenderingContext2D,
  ink: Ink,
  state: CellState,
  role: 'data' | 'parity',
  { x, y, width, height }: Box,
): void {
  if (state === 'empty') {
    context.fillStyle = ink.soft;
    context.fillRect(x + width / 2 - 1, y + height / 2 - 1, 2, 2);
    return;
  }
  const radius = Math.min(4, height / 3);
  context.beginPath();
  context.roundRect(x + 0.5, y + 0.5, width - 1, height - 1, radius);
  context.fillStyle = ink.fills[state === 'ok' ? role : state];
  context.fill();
  if (state === 'unchecked' || (state === 'ok' && role === 'data')) return;
  context.lineWidth = 1;
  context.strokeStyle =
    state === 'missing' || state === 'damaged' ? ink.danger : state === 'offline' ? ink.soft : ink.accent;
  if (state === 'missing') context.setLineDash([3, 3]);
  context.stroke();
  context.setLineDash([]);
  if (state === 'damaged') paintCross(context, ink, { x, y, width, height });
}

/** A cross, on a gap in what it crosses out. */
function paintCross(context: CanvasRenderingContext2D, ink: Ink, { x, y, width, height }: Box): void {
  const arm = Math.min(height, width) * 0.28;
  const [centreX, centreY] = [x + width / 2, y + height / 2];
  context.fillStyle = ink.ground;
  context.fillRect(centreX - 2 * arm, y + 1, 4 * arm, height - 2);
  context.lineWidth = 1.75;
  context.beginPath();
  context.moveTo(centreX - arm, centreY - arm);
  context.lineTo(centreX + arm, centreY + arm);
  context.moveTo(centreX + arm, centreY - arm);
  context.lineTo(centreX - arm, centreY + arm);
  context.stroke();
}

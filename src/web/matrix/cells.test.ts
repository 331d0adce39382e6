import { describe, expect, it } from 'vitest';
import type { CellHealth } from '../../api/index.ts';
import { cellsOf, columnName, type TrackMatrix } from './cells.ts';

const CELL_BYTES = 4 * 65_536;

/** Five cells over 2+1: three rows, the last of which has one data cell. */
function matrix(healths: readonly CellHealth[], badRows: readonly (readonly number[])[] = []): TrackMatrix {
  return {
    k: 2,
    m: 1,
    rowCount: 3,
    lengthBytes: 5 * CELL_BYTES,
    storedBytes: 8 * CELL_BYTES,
    durationMs: 60_000,
    columns: healths.map((health, column) => ({
      column,
      role: column < 2 ? 'data' : 'parity',
      health,
      badRows: [...(badRows[column] ?? [])],
    })),
  };
}

describe('cells of a track', () => {
  it('count what was cut and what was computed from it', () => {
    const cells = cellsOf(matrix(['ok', 'ok', 'ok']));
    expect(cells.pieceCount).toBe(5);
    expect(cells.parityCount).toBe(3);
    expect(cells.spare).toBe(1);
  });

  it('are empty where the track ended before', () => {
    const cells = cellsOf(matrix(['ok', 'offline', 'ok']));
    expect([0, 1, 2].map((row) => cells.stateAt(row, 1))).toEqual(['offline', 'offline', 'empty']);
    expect([0, 1, 2].map((row) => cells.spareAt(row))).toEqual([0, 0, 1]);
  });

  it('are damaged in the rows that a check named, and whole in the others', () => {
    const cells = cellsOf(matrix(['damaged', 'ok', 'damaged'], [[1]]));
    expect([0, 1, 2].map((row) => cells.stateAt(row, 0))).toEqual(['ok', 'damaged', 'ok']);
    expect([0, 1, 2].map((row) => cells.stateAt(row, 2))).toEqual(['damaged', 'damaged', 'damaged']);
  });

  it('are counted as they were dealt out, with the padding', () => {
    const padded = {
      ...matrix(['ok', 'ok', 'ok']),
      lengthBytes: 3 * CELL_BYTES,
      paddedLengthBytes: 5 * CELL_BYTES,
    };
    expect(cellsOf(padded).pieceCount).toBe(5);
  });

  it('are neither whole nor lost where nobody has read them yet', () => {
    const cells = cellsOf({ ...matrix(['ok', 'missing', 'damaged'], [[], [], [0]]), checkedRows: 1 });
    expect([0, 1, 2].map((row) => cells.stateAt(row, 0))).toEqual(['ok', 'unchecked', 'unchecked']);
    expect([0, 1, 2].map((row) => cells.stateAt(row, 1))).toEqual(['missing', 'missing', 'empty']);
    expect([0, 1, 2].map((row) => cells.stateAt(row, 2))).toEqual(['damaged', 'unchecked', 'unchecked']);
    expect([0, 1, 2].map((row) => cells.spareAt(row))).toEqual([-1, 0, 1]);
  });

  it('are lost in rows that miss more than parity covers', () => {
    const cells = cellsOf(matrix(['missing', 'ok', 'ok'], [[], [], [1]]));
    expect(cells.lostRows).toEqual([1]);
    expect(cells.spare).toBe(-1);
  });

  it('stand in columns that are called by role and place', () => {
    const { columns } = matrix(['ok', 'ok', 'ok']);
    expect(columns.map((_column, index) => columnName(columns, index))).toEqual(['D1', 'D2', 'P1']);
  });
});

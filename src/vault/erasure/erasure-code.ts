import { type Bytes, ClefError } from '../../core/index.ts';
import { MAX_COLUMNS } from '../../crypto/index.ts';
import { addScaled, inverse, type Matrix, parityCoefficient, parityMatrix } from './matrix.ts';

/**
 * Systematic Reed-Solomon over the cells of one row: any k of its k + m columns give back all of them.
 * A row is as long as its first cell. Other data cells may be shorter, or absent: they count as zeros
 * from where they end. Results are the caller's, each of the row's length.
 */
export interface ErasureCode {
  /** The m parity cells of the data cells, whose count is k. */
  encode(dataCells: readonly (Uint8Array | undefined)[], m: number): Bytes[];

  /**
   * The wanted columns from the ones that are at hand. `columns` has k + m entries; undefined is one that is
   * lost, an empty array a data cell that never was. Throws `vault-asset-lost` for fewer than k.
   */
  reconstruct(columns: readonly (Uint8Array | undefined)[], k: number, wanted: readonly number[]): Bytes[];
}

/** Sums of products: result r is the sum over i of coefficients[r][i] * inputs[i], in the given length. */
export type Combine = (inputs: readonly Uint8Array[], coefficients: Matrix, lengthBytes: number) => Bytes[];

export function createErasureCode(combine: Combine): ErasureCode {
  return {
    encode(dataCells, m) {
      const k = dataCells.length;
      assertShape(k, m);
      const lengthBytes = dataCells[0]?.length ?? 0;
      const cells = dataCells.map((cell) => cell ?? ABSENT);
      assertNoLonger(cells, lengthBytes);
      return combineParts(combine, cells, parityMatrix(k, m), lengthBytes);
    },

    reconstruct(columns, k, wanted) {
      assertShape(k, columns.length - k);
      const present = [...columns.keys()].filter((column) => columns[column] !== undefined);
      if (present.length < k) {
        throw new ClefError('vault-asset-lost', `${present.length} columns are left of a row that needs ${k}`);
      }
      // Data before parity: what is at hand costs nothing.
      const used = present.slice(0, k);
      const inputs = used.map((column) => columns[column] ?? ABSENT);
      const lengthBytes = rowLength(columns, k);
      assertNoLonger(inputs, lengthBytes);
      return combineParts(combine, inputs, recoveryMatrix(k, used, wanted), lengthBytes);
    },
  };
}

const ABSENT = new Uint8Array(0);

/** Leaves out the inputs that are empty or that no result needs. */
function combineParts(
  combine: Combine,
  inputs: readonly Uint8Array[],
  coefficients: Matrix,
  lengthBytes: number,
): Bytes[] {
  const needed = [...inputs.keys()].filter(
    (i) => inputs[i]?.length !== 0 && coefficients.some((row) => row[i] !== 0),
  );
  return combine(
    needed.map((i) => inputs[i] ?? ABSENT),
    coefficients.map((row) => Uint8Array.from(needed, (i) => row[i] ?? 0)),
    lengthBytes,
  );
}

/**
 * How the wanted columns come from the k used ones. With D the data columns among those and P the parity
 * columns, the lost data are inverse(C[P, lost]) * (P + C[P, D] * D); a lost parity is its own row of C
 * applied to all data. Subtraction is addition in this field.
 */
function recoveryMatrix(k: number, used: readonly number[], wanted: readonly number[]): Matrix {
  const lost = Array.from({ length: k }, (_, column) => column).filter((column) => !used.includes(column));
  const parityRows = used.filter((column) => column >= k).map((column) => column - k);
  const solution = inverse(
    parityRows.map((row) => Uint8Array.from(lost, (column) => parityCoefficient(row, column))),
  );
  // One row for each data column, over the used columns.
  const known = parityRows.map((parityRow) =>
    Uint8Array.from(used, (column) => {
      if (column < k) return parityCoefficient(parityRow, column);
      return column - k === parityRow ? 1 : 0;
    }),
  );
  const dataRows = Array.from({ length: k }, (_, column) => {
    const row = new Uint8Array(used.length);
    if (used.includes(column)) row[used.indexOf(column)] = 1;
    else sumInto(row, known, solution[lost.indexOf(column)] ?? ABSENT);
    return row;
  });
  return wanted.map((column) => {
    if (column < k) return dataRows[column] ?? ABSENT;
    const row = new Uint8Array(used.length);
    sumInto(
      row,
      dataRows,
      dataRows.map((_, dataColumn) => parityCoefficient(column - k, dataColumn)),
    );
    return row;
  });
}

function sumInto(row: Uint8Array, rows: Matrix, factors: ArrayLike<number>): void {
  for (const [i, other] of rows.entries()) addScaled(row, other, factors[i] ?? 0);
}

/** The first cell's length; every parity cell has it too. */
function rowLength(columns: readonly (Uint8Array | undefined)[], k: number): number {
  const full = [columns[0], ...columns.slice(k)].find((cell) => cell !== undefined);
  return full?.length ?? 0;
}

function assertShape(k: number, m: number): void {
  if (!Number.isInteger(k) || !Number.isInteger(m) || k < 1 || m < 0 || k + m > MAX_COLUMNS) {
    throw new ClefError(
      'unsupported-format',
      `${k}+${m} columns: k >= 1, m >= 0 and at most ${MAX_COLUMNS} together are expected`,
    );
  }
}

function assertNoLonger(cells: readonly Uint8Array[], lengthBytes: number): void {
  for (const cell of cells) {
    if (cell.length > lengthBytes) {
      throw new RangeError(`a cell of ${cell.length} bytes in a row of ${lengthBytes}`);
    }
  }
}

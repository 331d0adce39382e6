import { type Bytes, ClefError } from '../../core/index.ts';
import { MAX_COLUMNS } from '../../crypto/index.ts';
import { addScaled, inverse, type Matrix, parityCoefficient, parityMatrix } from './matrix.ts';

/**
 * Systematic Reed-Solomon over the cells of one row: any k of its k + m columns give back all of them.
 * A row is as long as its first cell. Other data cells may be shorter, or absent: they count as zeros
 * from where they end. Results have the row's length and are the caller's: new, or at the front of the
 * buffers in `into`, which must not overlap with the cells. Memory that is used again makes it half as fast
 * again.
 */
export interface ErasureCode {
  /** The m parity cells of the data cells, whose count is k. */
  encode(dataCells: readonly (Uint8Array | undefined)[], m: number, into?: readonly Bytes[]): Bytes[];

  /**
   * The wanted columns from the ones that are at hand. `columns` has k + m entries; undefined is one that is
   * lost, an empty array a data cell that never was. Throws `vault-asset-lost` for fewer than k.
   */
  reconstruct(
    columns: readonly (Uint8Array | undefined)[],
    k: number,
    wanted: readonly number[],
    into?: readonly Bytes[],
  ): Bytes[];
}

/**
 * Sums of products: result r becomes the sum over i of coefficients[r][i] * inputs[i]. All results have one
 * length, which no input exceeds; a shorter input ends in zeros.
 */
export type Combine = (
  inputs: readonly Uint8Array[],
  coefficients: Matrix,
  results: readonly Uint8Array[],
) => void;

export function createErasureCode(combine: Combine): ErasureCode {
  return {
    encode(dataCells, m, into) {
      const k = dataCells.length;
      assertShape(k, m);
      const cells = dataCells.map((cell) => cell ?? ABSENT);
      const results = resultsOf(m, cells[0]?.length ?? 0, into);
      combineParts(combine, cells, parityMatrix(k, m), results);
      return results;
    },

    reconstruct(columns, k, wanted, into) {
      assertShape(k, columns.length - k);
      const present = [...columns.keys()].filter((column) => columns[column] !== undefined);
      if (present.length < k) {
        throw new ClefError(
          'vault-asset-lost',
          `${present.length} columns are left of a row that needs ${k}`,
        );
      }
      // Data before parity: what is at hand costs nothing.
      const used = present.slice(0, k);
      const results = resultsOf(wanted.length, rowLength(columns, k), into);
      const inputs = used.map((column) => columns[column] ?? ABSENT);
      combineParts(combine, inputs, recoveryMatrix(k, used, wanted), results);
      return results;
    },
  };
}

const ABSENT = new Uint8Array(0);

function resultsOf(count: number, lengthBytes: number, into: readonly Bytes[] | undefined): Bytes[] {
  return Array.from({ length: count }, (_, r) => {
    const buffer = into?.[r];
    if (!buffer) return new Uint8Array(lengthBytes);
    if (buffer.length < lengthBytes) {
      throw new RangeError(`a buffer of ${buffer.length} bytes for a cell of ${lengthBytes}`);
    }
    return buffer.subarray(0, lengthBytes);
  });
}

/** Leaves out the inputs that are empty or that no result needs. */
function combineParts(
  combine: Combine,
  inputs: readonly Uint8Array[],
  coefficients: Matrix,
  results: readonly Uint8Array[],
): void {
  const lengthBytes = results[0]?.length ?? 0;
  const needed = [...inputs.keys()].filter(
    (i) => inputs[i]?.length !== 0 && coefficients.some((row) => row[i] !== 0),
  );
  for (const i of needed) {
    const inputBytes = inputs[i]?.length ?? 0;
    if (inputBytes > lengthBytes) {
      throw new RangeError(`a cell of ${inputBytes} bytes in a row of ${lengthBytes}`);
    }
  }
  combine(
    needed.map((i) => inputs[i] ?? ABSENT),
    coefficients.map((row) => Uint8Array.from(needed, (i) => row[i] ?? 0)),
    results,
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

import { invert, multiply } from './field.ts';

/** Rows of coefficients in GF(2^8). */
export type Matrix = readonly Uint8Array[];

const ALL_ONES = 0xff;

/**
 * What parity row i takes of data column j. The Cauchy matrix 1 / (x_i + y_j) with x_i = 255 - i and y_j = j,
 * its columns scaled so that row 0 is all ones and then its rows so that column 0 is: every square part of it
 * still has an inverse, the first parity is a plain XOR, and an asset of one cell is m + 1 equal copies.
 * It depends on neither k nor m. docs/format.md, "Erasure code".
 */
export function parityCoefficient(parityRow: number, dataColumn: number): number {
  const x = ALL_ONES - parityRow;
  const numerator = multiply(x, ALL_ONES ^ dataColumn);
  return multiply(numerator, invert(multiply(x ^ dataColumn, ALL_ONES)));
}

/** The parity of k data columns: m rows of k coefficients. */
export function parityMatrix(k: number, m: number): Matrix {
  return Array.from({ length: m }, (_, row) =>
    Uint8Array.from({ length: k }, (_, column) => parityCoefficient(row, column)),
  );
}

/** Gauss-Jordan elimination. Throws a RangeError where there is no inverse. */
export function inverse(matrix: Matrix): Matrix {
  const size = matrix.length;
  const work = matrix.map((row, i) => {
    const extended = new Uint8Array(2 * size);
    extended.set(row);
    extended[size + i] = 1;
    return extended;
  });
  for (let column = 0; column < size; column++) {
    const pivotIndex = work.findIndex((row, i) => i >= column && row[column] !== 0);
    const pivot = work[pivotIndex];
    const displaced = work[column];
    if (!pivot || !displaced) throw new RangeError('the matrix has no inverse');
    work[pivotIndex] = displaced;
    work[column] = pivot;
    scale(pivot, invert(pivot[column] ?? 0));
    for (const row of work) {
      if (row !== pivot) addScaled(row, pivot, row[column] ?? 0);
    }
  }
  return work.map((row) => row.slice(size));
}

/** Adds `factor` times the other row. */
export function addScaled(row: Uint8Array, other: Uint8Array, factor: number): void {
  if (factor === 0) return;
  for (let i = 0; i < row.length; i++) row[i] = (row[i] ?? 0) ^ multiply(factor, other[i] ?? 0);
}

function scale(row: Uint8Array, factor: number): void {
  for (let i = 0; i < row.length; i++) row[i] = multiply(row[i] ?? 0, factor);
}

import { expect, test } from 'vitest';
import { MAX_COLUMNS } from '../../crypto/index.ts';
import { invert, multiply } from './field.ts';
import { inverse, parityCoefficient, parityMatrix } from './matrix.ts';

test('the field multiplies as polynomials modulo 0x11d do', () => {
  for (let a = 0; a < 256; a++) {
    for (let b = 0; b < 256; b++) expect(multiply(a, b)).toBe(multiplyBitByBit(a, b));
  }
});

test('everything but zero has an inverse', () => {
  for (let a = 1; a < 256; a++) expect(multiply(a, invert(a))).toBe(1);
  expect(() => invert(0)).toThrow(RangeError);
});

test('the first row and the first column of the parity matrix are all ones', () => {
  for (let i = 0; i < MAX_COLUMNS; i++) {
    if (i < MAX_COLUMNS - 1) expect(parityCoefficient(i, 0)).toBe(1);
    if (i < MAX_COLUMNS - 1) expect(parityCoefficient(0, i)).toBe(1);
  }
});

test('every square part of the parity matrix of two and three rows has an inverse', () => {
  const matrix = parityMatrix(10, 5);
  const columns = [...(matrix[0] ?? []).keys()];
  for (const rows of subsets([...matrix.keys()], 2)) {
    for (const picked of subsets(columns, 2)) expectInverse(part(matrix, rows, picked));
  }
  for (const rows of subsets([...matrix.keys()], 3)) {
    for (const picked of subsets(columns, 3)) expectInverse(part(matrix, rows, picked));
  }
});

test('a matrix without an inverse is refused', () => {
  expect(() => inverse([Uint8Array.of(1, 1), Uint8Array.of(1, 1)])).toThrow(RangeError);
});

function multiplyBitByBit(a: number, b: number): number {
  let product = 0;
  for (let bit = 0; bit < 8; bit++) if (b & (1 << bit)) product ^= a << bit;
  for (let bit = 14; bit >= 8; bit--) if (product & (1 << bit)) product ^= 0x11d << (bit - 8);
  return product;
}

function subsets(values: readonly number[], size: number): number[][] {
  if (size === 0) return [[]];
  return values.flatMap((first, i) =>
    subsets(values.slice(i + 1), size - 1).map((rest) => [first].concat(rest)),
  );
}

function part(
  matrix: readonly Uint8Array[],
  rows: readonly number[],
  columns: readonly number[],
): Uint8Array[] {
  return rows.map((row) => Uint8Array.from(columns, (column) => matrix[row]?.[column] ?? 0));
}

function expectInverse(matrix: readonly Uint8Array[]): void {
  const inverted = inverse(matrix);
  for (const [i, row] of matrix.entries()) {
    const product = matrix.map((_, column) =>
      row.reduce((sum, value, k) => sum ^ multiply(value, inverted[k]?.[column] ?? 0), 0),
    );
    expect(product).toEqual(matrix.map((_, column) => (column === i ? 1 : 0)));
  }
}

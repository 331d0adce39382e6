// AssemblyScript, compiled by scripts/build-wasm.ts. All memory is the host's: this module has no data and
// no allocator. Every function goes over `length` bytes of `count` inputs that lie `stride` bytes apart;
// pointers are multiples of 16 and `length` is one of 64.
//
// A product in GF(2^8) with a constant c is two table look-ups: c * v = c * (v & 0x0f) + c * (v & 0xf0). Each
// constant has 32 bytes at `tables + 32 * c`, its products with 0 to 15 and with 16 times those, and a swizzle
// looks up sixteen bytes at once (Plank, Greenan, Miller: "Screaming Fast Galois Field Arithmetic Using Intel
// SIMD Instructions", FAST 2013). After the tables lie 16 bytes of 0x0f: loaded from there the mask stays in a
// register, while engines build a constant anew at each use (0.075 against 0.045 s/GB). The optimiser inlines
// the three small functions.

const TABLE_BYTES: usize = 32;
const MASK_OFFSET: usize = 256 * TABLE_BYTES;

function lowOf(value: v128, mask: v128): v128 {
  return v128.and(value, mask);
}

function highOf(value: v128, mask: v128): v128 {
  return v128.and(i16x8.shr_u(value, 4), mask);
}

/** sum + c * value, by the tables of c and the halves of the value's bytes */
function plus(sum: v128, lowTable: v128, highTable: v128, low: v128, high: v128): v128 {
  return v128.xor(sum, v128.xor(i8x16.swizzle(lowTable, low), i8x16.swizzle(highTable, high)));
}

/** output = sum of all inputs */
export function sum(inputs: usize, stride: usize, count: usize, output: usize, length: usize): void {
  for (let at: usize = 0; at < length; at += 64) {
    let sum0 = i64x2.splat(0);
    let sum1 = sum0;
    let sum2 = sum0;
    let sum3 = sum0;
    let input = inputs + at;
    for (let i: usize = 0; i < count; i++) {
      sum0 = v128.xor(sum0, v128.load(input));
      sum1 = v128.xor(sum1, v128.load(input, 16));
      sum2 = v128.xor(sum2, v128.load(input, 32));
      sum3 = v128.xor(sum3, v128.load(input, 48));
      input += stride;
    }
    v128.store(output + at, sum0);
    v128.store(output + at, sum1, 16);
    v128.store(output + at, sum2, 32);
    v128.store(output + at, sum3, 48);
  }
}

/**
 * `combine1` into the second of two outputs that lie `stride` bytes apart, and the sum of all inputs into the
 * first: the first two parities of a row, whose coefficients all begin with 1. Expects an input.
 */
export function sumAndCombine(
  inputs: usize,
  stride: usize,
  count: usize,
  tables: usize,
  coefficients: usize,
  output: usize,
  length: usize,
): void {
  const mask = v128.load(tables + MASK_OFFSET);
  const second = output + stride;
  for (let at: usize = 0; at < length; at += 64) {
    let input = inputs + at;
    let sum0 = v128.load(input);
    let sum1 = v128.load(input, 16);
    let sum2 = v128.load(input, 32);
    let sum3 = v128.load(input, 48);
    let combined0 = sum0;
    let combined1 = sum1;
    let combined2 = sum2;
    let combined3 = sum3;
    for (let i: usize = 1; i < count; i++) {
      input += stride;
      const table = tables + TABLE_BYTES * <usize>load<u8>(coefficients + i);
      const low = v128.load(table);
      const high = v128.load(table, 16);
      const value0 = v128.load(input);
      const value1 = v128.load(input, 16);
      const value2 = v128.load(input, 32);
      const value3 = v128.load(input, 48);
      sum0 = v128.xor(sum0, value0);
      sum1 = v128.xor(sum1, value1);
      sum2 = v128.xor(sum2, value2);
      sum3 = v128.xor(sum3, value3);
      combined0 = plus(combined0, low, high, lowOf(value0, mask), highOf(value0, mask));
      combined1 = plus(combined1, low, high, lowOf(value1, mask), highOf(value1, mask));
      combined2 = plus(combined2, low, high, lowOf(value2, mask), highOf(value2, mask));
      combined3 = plus(combined3, low, high, lowOf(value3, mask), highOf(value3, mask));
    }
    v128.store(output + at, sum0);
    v128.store(output + at, sum1, 16);
    v128.store(output + at, sum2, 32);
    v128.store(output + at, sum3, 48);
    v128.store(second + at, combined0);
    v128.store(second + at, combined1, 16);
    v128.store(second + at, combined2, 32);
    v128.store(second + at, combined3, 48);
  }
}

/** output = sum of coefficients[i] * input i; with `unit` the first coefficient is 1, whatever it says */
export function combine1(
  inputs: usize,
  stride: usize,
  count: usize,
  tables: usize,
  coefficients: usize,
  unit: bool,
  output: usize,
  length: usize,
): void {
  const mask = v128.load(tables + MASK_OFFSET);
  for (let at: usize = 0; at < length; at += 64) {
    let sum0 = i64x2.splat(0);
    let sum1 = sum0;
    let sum2 = sum0;
    let sum3 = sum0;
    let input = inputs + at;
    let i: usize = 0;
    if (unit) {
      sum0 = v128.load(input);
      sum1 = v128.load(input, 16);
      sum2 = v128.load(input, 32);
      sum3 = v128.load(input, 48);
      input += stride;
      i = 1;
    }
    for (; i < count; i++) {
      const table = tables + TABLE_BYTES * <usize>load<u8>(coefficients + i);
      const low = v128.load(table);
      const high = v128.load(table, 16);
      const value0 = v128.load(input);
      const value1 = v128.load(input, 16);
      const value2 = v128.load(input, 32);
      const value3 = v128.load(input, 48);
      sum0 = plus(sum0, low, high, lowOf(value0, mask), highOf(value0, mask));
      sum1 = plus(sum1, low, high, lowOf(value1, mask), highOf(value1, mask));
      sum2 = plus(sum2, low, high, lowOf(value2, mask), highOf(value2, mask));
      sum3 = plus(sum3, low, high, lowOf(value3, mask), highOf(value3, mask));
      input += stride;
    }
    v128.store(output + at, sum0);
    v128.store(output + at, sum1, 16);
    v128.store(output + at, sum2, 32);
    v128.store(output + at, sum3, 48);
  }
}

/**
 * As `combine1` for two outputs, which lie `stride` bytes apart as their coefficients lie `row` bytes apart:
 * what both share, the halves of the inputs' bytes, is computed once.
 */
export function combine2(
  inputs: usize,
  stride: usize,
  count: usize,
  tables: usize,
  coefficients: usize,
  row: usize,
  unit: bool,
  output: usize,
  length: usize,
): void {
  const mask = v128.load(tables + MASK_OFFSET);
  for (let at: usize = 0; at < length; at += 32) {
    let a0 = i64x2.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let input = inputs + at;
    let i: usize = 0;
    if (unit) {
      a0 = v128.load(input);
      a1 = v128.load(input, 16);
      b0 = a0;
      b1 = a1;
      input += stride;
      i = 1;
    }
    for (; i < count; i++) {
      const value0 = v128.load(input);
      const value1 = v128.load(input, 16);
      const low0 = lowOf(value0, mask);
      const low1 = lowOf(value1, mask);
      const high0 = highOf(value0, mask);
      const high1 = highOf(value1, mask);
      const tableA = tables + TABLE_BYTES * <usize>load<u8>(coefficients + i);
      const tableB = tables + TABLE_BYTES * <usize>load<u8>(coefficients + row + i);
      const lowA = v128.load(tableA);
      const highA = v128.load(tableA, 16);
      a0 = plus(a0, lowA, highA, low0, high0);
      a1 = plus(a1, lowA, highA, low1, high1);
      const lowB = v128.load(tableB);
      const highB = v128.load(tableB, 16);
      b0 = plus(b0, lowB, highB, low0, high0);
      b1 = plus(b1, lowB, highB, low1, high1);
      input += stride;
    }
    v128.store(output + at, a0);
    v128.store(output + at, a1, 16);
    v128.store(output + stride + at, b0);
    v128.store(output + stride + at, b1, 16);
  }
}
